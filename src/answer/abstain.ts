/**
 * When to say nothing. Before a model is asked: a logistic model over the evidence, with coefficients learned for the
 * embedding model in use. After it: whether it says that it does not know.
 */
import type { AbstentionReason } from '../core/answer.ts';
import { PerseaError } from '../core/errors.ts';
import { acrossLanguages, type Evidence, onReferenceScale } from '../core/evidence.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { type Told, toldIn } from '../core/told.ts';
import across from './coefficients/across-languages.json' with { type: 'json' };
import miniLm from './coefficients/all-MiniLM-L6-v2.json' with { type: 'json' };
import bgeSmall from './coefficients/bge-small-en-v1.5.json' with { type: 'json' };
import keyword from './coefficients/keyword.json' with { type: 'json' };

export interface FeatureCoefficient {
  /** Weight of the standardised feature. */
  readonly weight: number;
  readonly mean: number;
  readonly scale: number;
}

/** Log odds of a question that has an answer against questions that have none. */
export interface OddsModel {
  readonly features: Readonly<Record<string, FeatureCoefficient>>;
  readonly intercept: number;
}

/** Learned by bench/fit-abstention.ts; `threshold` is the probability under which the evidence counts as none. */
export interface AbstentionCoefficients extends OddsModel {
  /** Name of the embedding model, or `keyword`. */
  readonly fingerprint: string;
  /**
   * Questions are without an answer in several ways, and what tells one from an answer does not tell the other: each further model is
   * learned against another way, and its share of such questions is in its intercept. None where one model is against all.
   */
  readonly further?: readonly OddsModel[];
  readonly threshold: number;
  readonly dataset: string;
  readonly date: string;
}

export interface AbstentionDecision {
  readonly isAnswerable: boolean;
  /** That the evidence holds an answer, 0 to 1. */
  readonly probability: number;
  /** Which coefficients decided. */
  readonly coefficients: string;
}

/**
 * A stranger's cosines are read less surely than the reference model's own, so more is asked of them: this refuses 5 % of squad2's answerable
 * questions under the reference model, and 3 to 10 % under three that it was not learned from.
 */
const readThreshold = 0.36;
const onScale: AbstentionCoefficients = { ...bgeSmall, fingerprint: onReferenceScale, threshold: readThreshold };

function ownCoefficients(fingerprint: string): AbstentionCoefficients | undefined {
  return [bgeSmall, miniLm].find((candidate) => fingerprint.startsWith(`${candidate.fingerprint}/`));
}

/** Whether coefficients come with the program that were learned from cosines of this embedding model. */
export function hasOwnCoefficients(fingerprint: string): boolean {
  return ownCoefficients(fingerprint) !== undefined;
}

/**
 * The ones for this embedding model, whose name a fingerprint begins with. For another one those of the reference model, where its cosines
 * are read on that scale; else those that need no vectors, because its cosines mean other things.
 */
export function coefficientsFor(fingerprint: string): AbstentionCoefficients {
  if (fingerprint.endsWith(acrossLanguages)) return across;
  if (fingerprint.endsWith(onReferenceScale)) return onScale;
  return ownCoefficients(fingerprint) ?? keyword;
}

export function decideAbstention(
  evidence: Evidence,
  coefficients: AbstentionCoefficients = coefficientsFor(evidence.fingerprint),
): AbstentionDecision {
  if (evidence.sentences.length === 0)
    return { isAnswerable: false, probability: 0, coefficients: coefficients.fingerprint };
  const probability = probabilityOf(evidence.features, coefficients);
  return { isAnswerable: probability >= coefficients.threshold, probability, coefficients: coefficients.fingerprint };
}

/**
 * One model is logistic regression; several are a multinomial one, fitted one pair of kinds at a time (Begg and Gray, Biometrika 1984).
 *
 * @throws PerseaError `internal` if the evidence lacks a feature that the coefficients were learned with
 */
export function probabilityOf(
  features: Readonly<Record<string, number>>,
  coefficients: Pick<AbstentionCoefficients, 'features' | 'intercept' | 'further' | 'fingerprint'>,
): number {
  const against = [coefficients, ...(coefficients.further ?? [])];
  const odds = against.map((model) => Math.exp(-logOdds(features, model, coefficients.fingerprint)));
  return 1 / (1 + odds.reduce((sum, one) => sum + one, 0));
}

function logOdds(features: Readonly<Record<string, number>>, model: OddsModel, fingerprint: string): number {
  let sum = model.intercept;
  for (const [name, { weight, mean, scale }] of Object.entries(model.features)) {
    const value = features[name];
    if (value === undefined) {
      throw new PerseaError(
        'internal',
        `The refusal model for ${fingerprint} needs the feature ${name}, which the evidence does not have.`,
        { details: { feature: name } },
      );
    }
    sum += (weight * (value - mean)) / scale;
  }
  return sum;
}

const abstentionTexts: Readonly<Record<AbstentionReason, Told>> = {
  'no-evidence': {
    en: 'I found nothing about this in the documents that you may see.',
    de: 'In den Dokumenten, die Sie sehen dürfen, habe ich dazu nichts gefunden.',
    fr: "Je n'ai rien trouvé à ce sujet dans les documents que vous pouvez voir.",
  },
  'insufficient-evidence': {
    en: 'The documents that you may see do not answer this question.',
    de: 'Die Dokumente, die Sie sehen dürfen, beantworten diese Frage nicht.',
    fr: 'Les documents que vous pouvez voir ne répondent pas à cette question.',
  },
  'unsupported-claims': {
    en: 'I could not support an answer with the documents that you may see.',
    de: 'Eine Antwort darauf konnte ich mit den Dokumenten, die Sie sehen dürfen, nicht belegen.',
    fr: "Je n'ai pas pu étayer de réponse avec les documents que vous pouvez voir.",
  },
  'whole-collection': {
    en: 'This asks about all documents at once. I can count and list the documents that you may see, by type and title, but what they all say I cannot count or sum up. Please ask about one subject.',
    de: 'Diese Frage betrifft alle Dokumente zugleich. Ich kann die Dokumente, die Sie sehen dürfen, nach Art und Titel zählen und auflisten, aber nicht zählen oder zusammenfassen, was in ihnen allen steht. Bitte fragen Sie nach einem Thema.',
    fr: "Cette question porte sur tous les documents à la fois. Je peux compter et énumérer les documents que vous pouvez voir, par type et par titre, mais ni compter ni résumer ce qu'ils contiennent tous. Posez une question sur un seul sujet.",
  },
};

/** Fixed for a reason and a language. */
export function abstentionText(reason: AbstentionReason, language: KnownLanguage | null = null): string {
  return toldIn(language, abstentionTexts[reason]);
}

/** What the prompt tells a model to say when the sources do not hold the answer. */
export const unknownAnswer = "I don't know.";

const unknownPatterns: readonly RegExp[] = [
  /^i (?:do not|don't|cannot|can't|can not|could not|couldn't) (?:know|answer|find|determine|provide)\b/,
  /^(?:sorry|unfortunately|i'm sorry|i am sorry)\b.*\b(?:not|n't|no|cannot|unable)\b/,
  /\b(?:sources?|documents?|context|passages?|text)\b.{0,40}\b(?:do not|does not|don't|doesn't|did not|cannot)\b.{0,20}\b(?:contain|mention|provide|say|state|specify|include|answer|give|address|have|indicate)/,
  /\b(?:is|are|was|were) not (?:explicitly |directly |specifically )?(?:mentioned|specified|provided|stated|given|included|found|available|addressed|answered)\b.{0,30}\b(?:sources?|documents?|context|passages?|text|information)\b/,
  /\b(?:there is|there's|contains?|provides?|have|has) no (?:specific |relevant |direct )?(?:information|mention|answer|details?)\b/,
  /^(?:ich weiß (?:es |das )?nicht|das weiß ich nicht)\b/,
  /\b(?:quellen?|dokumente?n?)\b.{0,40}\b(?:nicht|keine?n?)\b/,
  /^je ne sais pas\b/,
  /\bsources?\b.{0,40}\bne\b.{0,40}\bpas\b/,
];

/** Whether a sentence of a model says that the sources do not answer. */
export function saysUnknown(sentence: string): boolean {
  const folded = sentence.replaceAll('’', "'").replace(/[*_`]/g, '').trim().toLowerCase();
  return unknownPatterns.some((pattern) => pattern.test(folded));
}
