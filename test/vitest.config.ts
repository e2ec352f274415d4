import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    // Several processes on one folder, watched folders, rights and secrets that follow files about, whole folders searched byte by byte, full disks, random rights over everything: `npm run test:long`.
    exclude: [...configDefaults.exclude, 'test/**/*.long.test.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    // The native parts (ONNX runtime, LanceDB) are per process.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
