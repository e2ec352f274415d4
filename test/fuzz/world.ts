/** Random documents, labels, people, questions and settings for the fuzz of the store. */
import { type AccessLabel, canonicalLabel } from '../../src/access/label.ts';
import { type AccessScope, systemScope } from '../../src/access/scope.ts';
import type { ChunkBatch } from '../../src/store/chunk-store.ts';
import type { LanceChunkStoreOptions } from '../../src/store/lancedb.ts';
import { chunkOf, scopeHolding } from '../support/chunks.ts';
import type { RandomNumbers } from '../support/random-numbers.ts';
import type { Person } from './model.ts';

export const dimensions = 16;
const clusterCount = 6;
const tags = ['a', 'b', 'c', 'd', 'e'];

/** No stemmer shortens them, none is a stop word, and no two are one typing error apart. */
const words = [...'bdfghjklmnprtvwxz'].flatMap((consonant) =>
  [...'aou'].map((vowel) => `${`${consonant}${vowel}`.repeat(3)}k`),
);

export interface Question {
  readonly vector: Float32Array;
  readonly text: string;
  /** The words in it by which rows are found. */
  readonly words: readonly string[];
}

export class World {
  readonly #random: RandomNumbers;
  readonly #centers: readonly Float32Array[];
  readonly labels: AccessLabel[] = [];
  /** Made at different times: older ones do not know newer labels. */
  readonly #people: { readonly person: Person; readonly scope: AccessScope }[] = [];

  constructor(random: RandomNumbers) {
    this.#random = random;
    this.#centers = Array.from({ length: clusterCount }, () => this.#noise(1));
  }

  label(): AccessLabel {
    const random = this.#random;
    if (this.labels.length > 0 && random.chance(0.6)) return random.pick(this.labels);
    const label = canonicalLabel({
      ...(random.chance(0.8) ? { anyOf: random.sample(tags, random.below(4)) } : {}),
      allOf: random.sample(tags, random.below(3)),
      classification: random.pick(['public', 'internal'] as const),
    });
    this.labels.push(label);
    return label;
  }

  batch(documentId: string, revision: number): ChunkBatch {
    const random = this.#random;
    const texts = Array.from({ length: 1 + random.below(6) }, () => this.#text(4 + random.below(12)).join(' '));
    const center = random.pick(this.#centers);
    return {
      documentId,
      revision,
      label: this.label(),
      chunks: texts.map((text, ordinal) => chunkOf(ordinal, text)),
      vectors: random.chance(0.1) ? null : texts.map(() => this.#near(center)),
    };
  }

  /** Somebody new, somebody whose scope is old, or the system. */
  person(): { readonly person: Person; readonly scope: AccessScope } {
    const random = this.#random;
    if (random.chance(0.15)) return { person: { heldTags: 'all', knownLabels: [] }, scope: systemScope('fuzz') };
    const older = this.#people.slice(-10);
    if (older.length > 0 && random.chance(0.3)) return random.pick(older);
    const held = random.sample(tags, random.below(5));
    const knownLabels = [...this.labels];
    const made = { person: { heldTags: new Set(held), knownLabels }, scope: scopeHolding(held, knownLabels) };
    this.#people.push(made);
    return made;
  }

  question(): Question {
    const random = this.#random;
    const asked = this.#text(1 + random.below(4));
    const text = random.pick([
      asked.join(' '),
      `the ${asked.join(' of ')}`,
      `+${asked.join(' AND -')}`,
      `"${asked.join(' ')}" OR (indexText:${asked[0]})`,
    ]);
    if (random.chance(0.03)) return { vector: this.#near(random.pick(this.#centers)), text: 'of the', words: [] };
    return { vector: this.#near(random.pick(this.#centers)), text, words: asked };
  }

  /** Thresholds so low that a few dozen rows meet all of them. */
  settings(): Pick<LanceChunkStoreOptions, 'search' | 'maintenance'> {
    const random = this.#random;
    const never = 1e9;
    return {
      search: {
        wholeIndexRows: random.pick([0, 0, 60, never]),
        spareRows: random.pick([20, 100]),
        exactRows: random.pick([0, 0, 20, 15_000]),
        nprobes: random.pick([1, 20, 300]),
        refineFactor: random.pick([5, 10]),
        refinedRows: random.pick([0, 200]),
      },
      maintenance: {
        unindexedRows: random.pick([0, 10, 200]),
        unindexedShare: 0,
        fragments: random.pick([1, 5, 50]),
        tailRows: random.pick([5, 50, 5_000]),
        tailShare: 0,
        writingPerTakeIn: 0,
        vectorIndexRows: random.pick([20, 50, 100, never]),
        retrainGrowth: random.pick([1.1, 2]),
        crowdedVersions: random.pick([5, 200]),
      },
    };
  }

  #text(length: number): readonly string[] {
    return Array.from({ length }, () => words[this.#random.zipf(words.length)] ?? 'bababak');
  }

  #near(center: Float32Array): Float32Array {
    const noise = this.#noise(0.5);
    return center.map((value, index) => value + (noise[index] ?? 0));
  }

  #noise(scale: number): Float32Array {
    return Float32Array.from({ length: dimensions }, () => scale * (2 * this.#random.next() - 1));
  }
}
