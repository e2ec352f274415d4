/**
 * The one gate to language models. A model takes a prompt only sealed, and a seal is made here alone, from everything whose text
 * went into the prompt. The seal stays with the prompt wherever it is passed on, so a fallback, a repetition or a judge that lies
 * in another zone cannot be given what the first model was: each model asks the seal again.
 *
 * `const prompt = sealPrompt(renderPrompt(template, values), window.items, rules)`, then `model.generate({ prompt, … })`.
 */
import { PerseaError } from '../core/errors.ts';
import type { RenderedPrompt } from '../core/prompt.ts';
import type { Zone } from '../core/zones.ts';
import { type EgressRules, zonesFor } from './egress.ts';

/** A passage, a turn of a conversation, a claim: whatever has text of documents in it. */
export interface Classified {
  readonly classification: string;
}

/** Held by the module, so that nobody else can make one. */
const maker = Symbol('sealed in sealed-prompt.ts');

export class SealedPrompt implements RenderedPrompt {
  readonly id: string;
  readonly version: string;
  readonly hash: string;
  readonly system: string;
  readonly user: string;
  readonly #zones: ReadonlySet<Zone>;
  readonly #classifications: ReadonlySet<string>;

  constructor(
    key: typeof maker,
    prompt: RenderedPrompt,
    zones: ReadonlySet<Zone>,
    classifications: ReadonlySet<string>,
  ) {
    if (key !== maker) throw new PerseaError('internal', 'A prompt is sealed by sealPrompt alone.');
    this.id = prompt.id;
    this.version = prompt.version;
    this.hash = prompt.hash;
    this.system = prompt.system;
    this.user = prompt.user;
    this.#zones = zones;
    this.#classifications = classifications;
  }

  mayReach(zone: Zone): boolean {
    return this.#zones.has(zone);
  }

  /** Whether content of this classification was named when the prompt was sealed. */
  covers(content: Classified): boolean {
    return this.#classifications.has(content.classification);
  }

  /**
   * The same content in other words, such as with placeholders for personal data: it may reach what the original may.
   * For wrappers that take text away; whoever adds text seals anew.
   */
  rewritten(rewrite: (text: string) => string): SealedPrompt {
    const prompt = { ...this, system: rewrite(this.system), user: rewrite(this.user) };
    return new SealedPrompt(maker, prompt, this.#zones, this.#classifications);
  }
}

/**
 * @param contents everything that the prompt has text of, besides the asker's own words: passages, earlier answers (each with the
 * highest classification of what it was made from), claims with the passages they are held against. None for a bare question.
 */
export function sealPrompt(prompt: RenderedPrompt, contents: Iterable<Classified>, rules: EgressRules): SealedPrompt {
  const classifications = new Set([...contents].map(({ classification }) => classification));
  return new SealedPrompt(maker, prompt, zonesFor(classifications, rules), classifications);
}

/**
 * What each model asks before it sends or reads anything.
 *
 * @throws PerseaError `egress-refused`; `internal` where a window is sent along that the seal says nothing of
 */
export function assertMayReach(
  request: { readonly prompt: SealedPrompt; readonly window: { readonly items: readonly Classified[] } },
  model: { readonly id: string; readonly zone: Zone },
): void {
  const { prompt, window } = request;
  // Types can be cast away; a private field cannot be forged.
  if (!(prompt instanceof SealedPrompt) || !window.items.every((item) => prompt.covers(item))) {
    throw new PerseaError('internal', `The model "${model.id}" was given text that did not pass the egress rules.`);
  }
  if (prompt.mayReach(model.zone)) return;
  throw new PerseaError(
    'egress-refused',
    `The text may not reach the model "${model.id}" in the zone ${model.zone}; nothing was sent. Name a model in a zone that egress in persea.yaml allows.`,
    { details: { model: model.id, zone: model.zone } },
  );
}
