#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=1000000 node --max-semi-space-size=8
/**
 * The `persea` command: reads arguments, runs one command, maps its outcome to an exit status. The line above keeps memory
 * flat over a long ingest: freed memory goes back to the system (glibc otherwise keeps an arena for each of the engine's
 * threads), and the nursery of the heap, which grows to 128 MB on a large machine, gains nothing by it.
 */
import { enableCompileCache } from 'node:module';

// Before anything else is loaded: a question asked from the command line is mostly spent loading code.
enableCompileCache();
// Its warnings are for whoever writes the engine; what people must know Persea says itself.
process.env.LANCEDB_LOG ??= 'error';
const { yieldToQuestions } = await import('./priority.ts');
yieldToQuestions(process.argv[2]);
const { runCommandLine } = await import('./program.ts');
const { useProxy } = await import('./proxy.ts');

// Whoever reads may have read enough (`persea docs list | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await runCommandLine(process.argv.slice(2), process, { prepare: () => useProxy(process.env) });
