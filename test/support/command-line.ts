/** Runs the command in this process with streams that remember what was written. */
import { Writable } from 'node:stream';
import type { ExitStatus } from '../../src/cli/exit-status.ts';
import { runCommandLine } from '../../src/cli/program.ts';

export class RecordingStream extends Writable {
  readonly isTTY: boolean;
  readonly columns = 80;
  text = '';
  #waiting: { readonly pattern: RegExp; readonly resolve: (match: RegExpExecArray) => void } | undefined;

  constructor(options: { readonly isTerminal?: boolean } = {}) {
    super({ decodeStrings: false });
    this.isTTY = options.isTerminal ?? false;
  }

  override _write(chunk: string | Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const match = this.#waiting?.pattern.exec(this.text);
    if (match) this.#waiting?.resolve(match);
    done();
  }

  until(pattern: RegExp): Promise<RegExpExecArray> {
    const match = pattern.exec(this.text);
    if (match) return Promise.resolve(match);
    return new Promise((resolve) => {
      this.#waiting = { pattern, resolve };
    });
  }
}

export interface CommandOutcome {
  readonly status: ExitStatus;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runCommand(
  argv: readonly string[],
  options: { readonly isTerminal?: boolean } = {},
): Promise<CommandOutcome> {
  const stdout = new RecordingStream(options);
  const stderr = new RecordingStream(options);
  const status = await runCommandLine(argv, { stdout, stderr });
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** With `--json`: the one value on standard output. Fails where there is more than one line, or none. */
export async function runForJson<T = Record<string, unknown>>(
  argv: readonly string[],
): Promise<{ readonly status: ExitStatus; readonly value: T; readonly stderr: string }> {
  const { status, stdout, stderr } = await runCommand([...argv, '--json']);
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.length !== 1 || !stdout.endsWith('\n')) {
    throw new Error(`expected one line of JSON, got ${lines.length}: ${stdout}\n${stderr}`);
  }
  return { status, value: JSON.parse(lines[0] ?? '') as T, stderr };
}
