#!/usr/bin/env -S node --max-semi-space-size=8
/**
 * The `persea` command: reads arguments, runs one command, maps its outcome to an exit status. The option above bounds the
 * nursery of the heap: on a machine with much memory it grows to 128 MB, which an ingest fills and gains nothing by.
 */
import { enableCompileCache } from 'node:module';

// Before anything else is loaded: a question asked from the command line is mostly spent loading code.
enableCompileCache();
const { runCommandLine } = await import('./program.ts');

// Whoever reads may have read enough (`persea docs list | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await runCommandLine(process.argv.slice(2), process);
