/**
 * Where results and messages go. With `--json` exactly one value (with `--stream` one event a line) goes to standard output;
 * everything meant for a person's eyes then goes to standard error.
 */
import { styleText } from 'node:util';
import { type PerseaError, serializeError } from '../core/errors.ts';
import { printable } from './text.ts';

export interface OutputStreams {
  readonly stdout: NodeJS.WriteStream | NodeJS.WritableStream;
  readonly stderr: NodeJS.WriteStream | NodeJS.WritableStream;
}

type Style = Parameters<typeof styleText>[0];

/** Longer lines are hard to read, however wide the window is. */
const maxColumns = 100;
const eraseLine = '\r\u001B[2K';

export class Output {
  readonly #streams: OutputStreams;
  readonly isJson: boolean;
  #hasTransient = false;

  constructor(streams: OutputStreams, isJson: boolean) {
    this.#streams = streams;
    this.isJson = isJson;
  }

  /** The command's result: the value with `--json`, else what `render` makes of it. */
  result(value: unknown, render: () => string): void {
    if (this.isJson) this.event(value);
    else this.text(`${render()}\n`);
  }

  /** One of several events on one line. */
  event(value: unknown): void {
    this.text(`${JSON.stringify(value)}\n`);
  }

  /** Text of a result that arrives in pieces. */
  text(piece: string): void {
    this.transient('');
    this.#streams.stdout.write(piece);
  }

  message(text: string): void {
    this.transient('');
    this.#streams.stderr.write(`${text}\n`);
  }

  /** One line on a terminal that the next one, or any message, replaces. */
  transient(text: string): void {
    if (!this.isTerminal('stderr') || (text === '' && !this.#hasTransient)) return;
    this.#streams.stderr.write(eraseLine + text);
    this.#hasTransient = text !== '';
  }

  /** With `--json` a line of JSON, as all that programs read of standard error. */
  warn(text: string): void {
    if (this.isJson) this.message(JSON.stringify({ type: 'warning', message: text }));
    else this.message(`${this.paint('yellow', 'warning:', 'stderr')} ${belowMark(text)}`);
  }

  error(error: PerseaError): void {
    if (this.isJson) this.event({ error: serializeError(error) });
    else this.message(`${this.paint('red', 'error:', 'stderr')} ${belowMark(error.message)} (${error.code})`);
  }

  /** Colours only where a person looks: not in pipes, not with NO_COLOR. */
  paint(style: Style, text: string, stream: 'stdout' | 'stderr' = 'stdout'): string {
    const target = this.#streams[stream];
    return this.isTerminal(stream) ? styleText(style, text, { stream: target }) : text;
  }

  isTerminal(stream: 'stdout' | 'stderr'): boolean {
    const target = this.#streams[stream];
    return 'isTTY' in target && target.isTTY === true;
  }

  get columns(): number {
    const { stdout } = this.#streams;
    const columns = 'columns' in stdout ? stdout.columns : undefined;
    return Math.min(columns ?? maxColumns, maxColumns);
  }
}

/** It names files, and files are named by strangers: what they write begins no line, so that none looks like another message. */
function belowMark(text: string): string {
  return printable(text).replaceAll(/[\n\u2028\u2029]/g, '\n  ');
}
