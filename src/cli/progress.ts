/** How far a long command is: one line on a terminal, with `--json` one event a line on standard error, else nothing. */
import { counted, megabytes } from '../core/counts.ts';
import type { IngestEvent } from '../core/ingestor.ts';
import type { ProvisionEvent } from '../models/provision.ts';
import { IngestProgress } from './ingest-progress.ts';
import type { Output } from './output.ts';
import { oneLine, shorten } from './text.ts';

const redrawMs = 100;

/** Redraws at most ten times a second, so that a terminal over a slow line does not hold up the work. */
export class ProgressLine {
  readonly #output: Output;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.#output = output;
  }

  draw(text: () => string): void {
    const now = performance.now();
    if (this.#output.isJson || now - this.#drawnAt < redrawMs) return;
    this.#drawnAt = now;
    this.#output.transient(shorten(oneLine(text()), this.#output.columns - 1));
  }

  clear(): void {
    this.#output.transient('');
  }
}

/** `now` gives milliseconds. */
export function ingestProgress(
  output: Output,
  now: () => number = () => performance.now(),
): (event: IngestEvent) => void {
  const line = new ProgressLine(output);
  const progress = new IngestProgress();
  return (event) => {
    if (output.isJson) return output.message(JSON.stringify(event));
    if (event.type === 'writer-wait') {
      return output.message(`${event.holder} is writing to the data folder; waiting for it. Ctrl-C ends the waiting.`);
    }
    if (event.type === 'repair-progress') {
      const { done, documents } = event;
      return line.draw(() => `${done}/${counted(documents, 'document')} derived anew`);
    }
    progress.add(event, now());
    line.draw(() => progress.describe(now()));
  };
}

/** Model files are large, so each one that has to be fetched is told. */
export function provisionProgress(output: Output): (event: ProvisionEvent) => void {
  const line = new ProgressLine(output);
  return (event) => {
    if (output.isJson) return output.message(JSON.stringify(event));
    switch (event.type) {
      case 'lock-wait':
        return output.message(`Another process is fetching the model ${event.model}; waiting for it.`);
      case 'step-start':
        return line.draw(() => `Fetching ${event.file} (${megabytes(event.bytes)}) from ${event.place}`);
      case 'step-progress':
        return line.draw(() => {
          const share = Math.floor((100 * event.received) / event.bytes);
          return `Fetching ${event.file} from ${event.place}: ${share} % of ${megabytes(event.bytes)}`;
        });
      case 'step-end': {
        line.clear();
        if (event.outcome === 'verified')
          return output.message(`Fetched and verified ${event.file} from ${event.place}`);
        if (event.outcome === 'refused') return output.warn(event.message);
        return output.message(
          output.paint('dim', `${event.file}: not from ${event.place} (${event.message})`, 'stderr'),
        );
      }
    }
  };
}
