/**
 * The words of a question, and of texts as this question reads them. Both lose the endings and stop words of the question's language;
 * German compounds are taken apart where their parts are asked for; and a word that no visible candidate has is read as the one
 * that it is a typing error of. Nothing outside the candidates has a say in it.
 */
import type { StoredChunk } from '../core/chunk.ts';
import { editDistance } from '../core/edit-distance.ts';
import type { KnownLanguage } from '../core/function-words.ts';
import { questionLanguage } from '../core/question-language.ts';
import { contentWords } from '../core/words.ts';
import { type Abbreviations, abbreviationsFor } from './abbreviations.ts';
import { type ChunkWords, wordsOfChunk } from './chunk-words.ts';
import { minPart, SeenWords, SoughtParts, SoughtWords } from './numbered-words.ts';
import { WordStatistics } from './word-statistics.ts';

export interface QuestionWords {
  /** Without the words that the candidates spell otherwise, and with those instead. */
  readonly words: ReadonlySet<string>;
  /** Typing errors: a word of the question, and the candidates' word that it is read as; both as they are written. */
  readonly readAs: ReadonlyMap<string, string>;
  /** Content words in text order; a compound also yields the parts of it that the question asks for. */
  of(text: string): readonly string[];
  ofChunk(chunk: StoredChunk): readonly string[];
  /** Whether a text says what an abbreviation of the question stands for and nothing that the question asks. */
  isBareDefinition(text: string): boolean;
  /** Of these words among the candidates. */
  statistics(): WordStatistics;
}

/** So many must be in one language before it counts. */
const tellingCandidates = 2;
/** What remains of a compound beside a part: shorter remains are endings. */
const minRest = 3;
/** Shorter words resemble too many others; longer ones are no words. */
const minCorrected = 5;
const maxCorrected = 40;
/** From so many letters on two edits are forgiven … */
const twoEditsLength = 10;
/** … and any one; in shorter words only a letter left out or two exchanged, because `steep` and `step` are both words. */
const anyEditLength = 6;

/** Of a long question no more are looked for in compounds, and no more held against all words of the candidates. */
const maxParts = 32;
const maxCorrections = 12;

interface Reading {
  readonly question: string;
  readonly lookedUp: LookedUp;
  words?: QuestionWords;
}

/** The same list of candidates is read several times for one question. */
const lastReading = new WeakMap<object, Reading>();

export function readQuestion(question: string, candidates: readonly { readonly chunk: StoredChunk }[]): QuestionWords {
  const reading = readingOf(question, candidates);
  reading.words ??= read(question, candidates, reading.lookedUp);
  return reading.words;
}

/** Words of the question that the candidates do not have, alone or in compounds. */
export function missingWords(
  question: string,
  candidates: readonly { readonly chunk: StoredChunk }[],
): readonly string[] {
  return readingOf(question, candidates).lookedUp.missing;
}

/** What the candidates say that abbreviations of the question stand for; null where they say it of none. */
export function abbreviationsOf(
  question: string,
  candidates: readonly { readonly chunk: StoredChunk }[],
): Abbreviations | null {
  return readingOf(question, candidates).lookedUp.abbreviations;
}

function readingOf(question: string, candidates: readonly { readonly chunk: StoredChunk }[]): Reading {
  const last = lastReading.get(candidates);
  if (last?.question === question) return last;
  const reading = { question, lookedUp: lookUp(question, candidates) };
  lastReading.set(candidates, reading);
  return reading;
}

type LookedUp = ReturnType<typeof lookUp>;

function lookUp(question: string, candidates: readonly { readonly chunk: StoredChunk }[]) {
  const language = questionLanguage(question) ?? languageOf(candidates);
  const abbreviations = abbreviationsFor(question, candidates);
  const asked = new Set(contentWords(abbreviations?.once(question) ?? question, { language }));
  const texts = candidates.map(({ chunk }) => wordsOfChunk(chunk, language));
  const partsOf = compoundReader(asked, language);
  const seen = new SeenWords();
  const held = heldOf(asked, texts, partsOf, seen);
  return {
    language,
    abbreviations,
    asked,
    texts,
    partsOf,
    held,
    seen,
    missing: [...asked].filter((word) => !held.has(word)),
  };
}

function read(
  question: string,
  candidates: readonly { readonly chunk: StoredChunk }[],
  { language, abbreviations, asked, texts, partsOf, held, seen, missing }: LookedUp,
): QuestionWords {
  const frequency = missing.length === 0 ? new Map<string, number>() : frequencyOf(texts, missing);
  const words = new Set<string>();
  const readAs = new Map<string, string>();
  let looked = 0;
  for (const word of asked) {
    const parts = held.has(word) ? [word] : splitCompound(word, seen, language);
    for (const part of parts) words.add(part);
    if (parts.length > 0) continue;
    const spelled = looked < maxCorrections ? correct(word, frequency) : null;
    looked++;
    if (spelled !== null) readAs.set(written(word, question, language), writtenIn(candidates, spelled, language));
    words.add(spelled ?? word);
  }
  const withParts = (words: readonly string[]) =>
    partsOf === null ? words : words.flatMap((word) => [word, ...partsOf(word)]);
  const inFull = (text: string) => abbreviations?.inText(text) ?? text;
  const known = new Map<StoredChunk, readonly string[]>();
  const ofChunk = (chunk: StoredChunk) => {
    const present = known.get(chunk);
    if (present !== undefined) return present;
    const text = inFull(chunk.indexText);
    const isAsWritten = text === chunk.indexText;
    const words = withParts(isAsWritten ? wordsOfChunk(chunk, language).toStrings() : contentWords(text, { language }));
    known.set(chunk, words);
    return words;
  };
  let statistics: WordStatistics | undefined;
  return {
    words,
    readAs,
    of: (text) => withParts(contentWords(inFull(text), { language })),
    ofChunk,
    isBareDefinition: (text) => abbreviations?.isBareDefinition(text) ?? false,
    statistics() {
      statistics ??= new WordStatistics(
        words,
        partsOf === null && abbreviations === null ? texts : candidates.map(({ chunk }) => ofChunk(chunk)),
      );
      return statistics;
    },
  };
}

/**
 * The words of the question that the texts have, alone or in compounds.
 *
 * @param seen gets all words of the texts where compounds are looked at and some word of the question is missing
 */
function heldOf(
  asked: ReadonlySet<string>,
  texts: readonly ChunkWords[],
  partsOf: ((word: string) => readonly string[]) | null,
  seen: SeenWords,
): ReadonlySet<string> {
  const held = new Set<string>();
  const sought = new SoughtWords(asked);
  for (const words of texts) {
    if (held.size === asked.size) return held;
    for (const word of words.placesOf(sought).keys()) held.add(word);
  }
  if (partsOf === null || held.size === asked.size) return held;
  const parts = new SoughtParts([...asked].filter((word) => word.length >= minPart && !held.has(word)));
  for (const words of texts)
    for (const word of words.newWordsWith(parts, seen)) for (const part of partsOf(word)) held.add(part);
  return held;
}

/** In how many of the texts each word stands that may be what one of the missing is a typing error of: spelled alike from the first letter on. */
function frequencyOf(texts: readonly ChunkWords[], missing: readonly string[]): ReadonlyMap<string, number> {
  const initials = new Set(missing.map((word) => word[0] ?? ''));
  const frequency = new Map<string, number>();
  for (const text of texts)
    for (const word of text.beginningWith(initials)) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  return frequency;
}

/** A few nouns tell no language: they are read in that of the best candidates, which have them. */
function languageOf(candidates: readonly { readonly chunk: StoredChunk }[]): KnownLanguage | null {
  const [first, ...others] = candidates.slice(0, tellingCandidates).map(({ chunk }) => questionLanguage(chunk.text));
  return first !== undefined && others.every((language) => language === first) ? first : null;
}

/** Null for other languages. German writes as one word what other languages write as several: `Werkschor` answers a question about the choir. */
function compoundReader(
  asked: ReadonlySet<string>,
  language: KnownLanguage | null,
): ((word: string) => readonly string[]) | null {
  if (language !== 'de') return null;
  const parts = [...asked].filter((word) => word.length >= minPart).slice(0, maxParts);
  const known = new Map<string, readonly string[]>();
  return (word) => {
    if (word.length < minPart + minRest || asked.has(word)) return [];
    const found = known.get(word) ?? parts.filter((part) => isPartOf(part, word));
    known.set(word, found);
    return found;
  };
}

function isPartOf(part: string, word: string): boolean {
  return word.length - part.length >= minRest && (word.endsWith(part) || word.startsWith(part));
}

/** A compound of the question that the candidates write apart: `Honigglas` as the jar and the honey. Empty where it is none. */
function splitCompound(word: string, seen: SeenWords, language: KnownLanguage | null): readonly string[] {
  if (language !== 'de') return [];
  for (let at = minPart; at <= word.length - minPart; at++) {
    const [first, second] = [word.slice(0, at), word.slice(at)];
    if (!seen.has(second)) continue;
    // `Arbeit-s-zeit`
    const modifier = [first, first.replace(/s$/, ''), first.replace(/e?n$/, '')].find((part) => seen.has(part));
    if (modifier !== undefined) return [modifier, second];
  }
  return [];
}

/** The candidates' word that is spelled most alike, of those the most frequent; null where none is alike enough. */
function correct(word: string, frequency: ReadonlyMap<string, number>): string | null {
  if (word.length < minCorrected || word.length > maxCorrected || !/^\p{L}+$/u.test(word)) return null;
  const limit = word.length >= twoEditsLength ? 2 : 1;
  let best: { readonly spelled: string; readonly distance: number; readonly count: number } | null = null;
  for (const [spelled, count] of frequency) {
    if (spelled[0] !== word[0] || spelled.length < minCorrected - 1) continue;
    if (word.length < anyEditLength && !mayBeShort(word, spelled)) continue;
    const distance = editDistance(word, spelled, best?.distance ?? limit);
    if (distance > (best?.distance ?? limit)) continue;
    const isBetter =
      best === null ||
      distance < best.distance ||
      count > best.count ||
      (count === best.count && spelled < best.spelled);
    if (isBetter) best = { spelled, distance, count };
  }
  return best?.spelled ?? null;
}

/** One letter more, or the same letters in another order. */
function mayBeShort(word: string, spelled: string): boolean {
  if (spelled.length === word.length + 1) return true;
  return spelled.length === word.length && [...spelled].sort().join('') === [...word].sort().join('');
}

function writtenIn(
  candidates: readonly { readonly chunk: StoredChunk }[],
  stem: string,
  language: KnownLanguage | null,
): string {
  const sought = new SoughtWords(new Set([stem]));
  const holder = candidates.find(({ chunk }) => wordsOfChunk(chunk, language).placesOf(sought).size > 0);
  return holder === undefined ? stem : written(stem, holder.chunk.indexText, language);
}

/** The first word of the text that has this stem. */
function written(stem: string, text: string, language: KnownLanguage | null): string {
  const words = text.match(/[\p{L}\p{M}]+/gu) ?? [];
  return words.find((word) => contentWords(word, { language }).includes(stem)) ?? stem;
}
