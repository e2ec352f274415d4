/** What `persea eval tune` learned, by embedding model: cosines of another model mean other things. */
import { readFileSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { AbstentionCoefficients } from '../answer/abstain.ts';
import { refusalFeatures } from '../answer/refusal-features.ts';
import { PerseaError } from '../core/errors.ts';
import type { LearnedWeight } from '../eval/tools.ts';

const fileName = 'learned.json';

const learnedShape = z.object({
  denseWeight: z.number().min(0).max(1),
  dataset: z.string(),
  questions: z.number(),
  difference: z.number(),
  interval: z.tuple([z.number(), z.number()]),
  learnedAt: z.iso.datetime(),
});
const coefficientsShape = z.object({
  fingerprint: z.string(),
  features: z.record(
    z.string(),
    z.object({ weight: z.number(), mean: z.number(), scale: z.number().refine((scale) => scale !== 0) }),
  ),
  intercept: z.number(),
  threshold: z.number().min(0).max(1),
  dataset: z.string(),
  date: z.string(),
});
const fileShape = z.object({
  fusion: z.record(z.string(), learnedShape).default({}),
  abstention: z.record(z.string(), coefficientsShape).default({}),
});
type LearnedFile = z.output<typeof fileShape>;

export class LearnedWeights {
  readonly path: string;
  readonly #onWarning: (message: string) => void;
  #read: { readonly state: string; readonly content: LearnedFile } | undefined;

  constructor(dataDir: string, onWarning: (message: string) => void) {
    this.path = join(dataDir, fileName);
    this.#onWarning = onWarning;
  }

  /** What was learned for this model; null where nothing was. A running server takes a new one at the next question. */
  denseWeight(embedding: string): number | null {
    return this.#content().fusion[embedding]?.denseWeight ?? null;
  }

  /** The configured weight, with `auto` standing for the learned one where there is one. */
  resolve(configured: number | 'auto', embedding: string): number | 'auto' {
    return configured === 'auto' ? (this.denseWeight(embedding) ?? 'auto') : configured;
  }

  /** The refusal model that was learned for this kind of evidence; null where none was, or where it weighs what is not measured any more. */
  abstention(fingerprint: string): AbstentionCoefficients | null {
    const learned = this.#content().abstention[fingerprint];
    const known = refusalFeatures(fingerprint);
    return learned !== undefined && Object.keys(learned.features).every((name) => known.includes(name))
      ? learned
      : null;
  }

  async keepAbstention(coefficients: AbstentionCoefficients): Promise<void> {
    const { abstention } = this.#content();
    await this.#write({ abstention: { ...abstention, [coefficients.fingerprint]: coefficients } });
  }

  async keep(embedding: string, learned: LearnedWeight, now: Date): Promise<void> {
    const { fusion } = this.#content();
    const [lower, upper] = learned.interval;
    await this.#write({
      fusion: { ...fusion, [embedding]: { ...learned, interval: [lower, upper], learnedAt: now.toISOString() } },
    });
  }

  /** In one step, so that a reader never finds half of it. */
  async #write(changed: Partial<LearnedFile>): Promise<void> {
    const content: LearnedFile = { ...this.#content(), ...changed };
    const partial = `${this.path}.${process.pid}.part`;
    try {
      await writeFile(partial, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
      await rename(partial, this.path);
    } catch (thrown) {
      throw new PerseaError('store-failed', `What was learned could not be written to ${this.path}.`, {
        cause: thrown,
      });
    }
  }

  #content(): LearnedFile {
    const state = this.#fileState();
    if (this.#read?.state !== state) this.#read = { state, content: this.#load(state) };
    return this.#read.content;
  }

  /** A file that cannot be read costs quality, not answers: the models' own weights hold then. */
  #load(state: string): LearnedFile {
    if (state === 'none') return { fusion: {}, abstention: {} };
    try {
      return fileShape.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch {
      this.#onWarning(
        `The learned weights in ${this.path} are not readable; the embedding model's own weight is used. Delete the file, or run \`persea eval tune\` again.`,
      );
      return { fusion: {}, abstention: {} };
    }
  }

  #fileState(): string {
    const facts = statSync(this.path, { throwIfNoEntry: false });
    return facts === undefined ? 'none' : `${facts.mtimeMs}:${facts.size}:${facts.ino}`;
  }
}
