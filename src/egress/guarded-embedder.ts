/**
 * The one gate to embedding models. Retrieval and the worker know an embedder only through it: they say what the text was made from,
 * and text that may not reach the embedder's zone gets no vector.
 */
import { PerseaError } from '../core/errors.ts';
import type { Zone } from '../core/zones.ts';
import type { Embedder, EmbedOptions } from '../embedding/embedder.ts';
import { type EgressRules, zonesFor } from './egress.ts';
import type { Classified } from './sealed-prompt.ts';

export interface ClassifiedText extends Classified {
  readonly text: string;
}

export class GuardedEmbedder {
  readonly fingerprint: string;
  readonly zone: Zone;
  readonly denseWeight: number;
  readonly languages: readonly string[] | undefined;
  readonly #embedder: Embedder;
  readonly #rules: EgressRules;

  constructor(embedder: Embedder, rules: EgressRules) {
    this.fingerprint = embedder.fingerprint;
    this.zone = embedder.zone;
    this.denseWeight = embedder.denseWeight;
    this.languages = embedder.languages;
    this.#embedder = embedder;
    this.#rules = rules;
  }

  mayEmbed(contents: Iterable<Classified>): boolean {
    const present = [...contents].map(({ classification }) => classification);
    return zonesFor(present, this.#rules).has(this.#embedder.zone);
  }

  /**
   * @param madeFrom what the question has text of besides the asker's own words, such as the answers that a follow-up speaks of
   * @throws PerseaError `egress-refused`, and what the embedder throws
   */
  async embedQuestion(text: string, madeFrom: Iterable<Classified>, options: EmbedOptions = {}): Promise<Float32Array> {
    this.#assertMayEmbed(madeFrom);
    return this.#embedder.embedQuery(text, options);
  }

  /**
   * All or nothing, in the order of the texts.
   *
   * @throws PerseaError `egress-refused` if one of them may not go, and what the embedder throws
   */
  async embedDocuments(
    contents: readonly ClassifiedText[],
    options: EmbedOptions = {},
  ): Promise<readonly Float32Array[]> {
    this.#assertMayEmbed(contents);
    return this.#embedder.embedDocuments(
      contents.map(({ text }) => text),
      options,
    );
  }

  #assertMayEmbed(contents: Iterable<Classified>): void {
    if (this.mayEmbed(contents)) return;
    const { model, zone } = this.#embedder;
    throw new PerseaError(
      'egress-refused',
      `The text may not reach the embedding model "${model}" in the zone ${zone}; nothing was sent. Use an embedding model in a zone that egress in persea.yaml allows.`,
      { details: { model, zone } },
    );
  }
}
