/** How the parts of the command line add their commands. */
import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import type { ExitStatus } from './exit-status.ts';

export type CommandRun<Options> = (
  context: CommandContext,
  options: Options,
  ...args: (string | string[])[]
) => Promise<ExitStatus | undefined>;

/** Adds a command with the options that every command takes. */
export type AddCommand = <Options>(
  parent: Command,
  usage: string,
  description: string,
  run: CommandRun<Options>,
  configure?: (command: Command) => Command,
) => void;
