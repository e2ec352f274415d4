#!/usr/bin/env node
/** The `persea` command: reads arguments, runs one command, maps its outcome to an exit status. */
import { enableCompileCache } from 'node:module';
import { runCommandLine } from './program.ts';

enableCompileCache();
process.exitCode = await runCommandLine(process.argv.slice(2), process);
