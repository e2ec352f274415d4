/**
 * How far the sentences of a text rest on the passages that they name, by a yardstick that knows nothing of the product's own
 * checks and is the same before and after them: a passage supports a sentence if it holds four fifths of its content words.
 */
import { saysUnknown } from '../answer/abstain.ts';
import { stripMarkers } from '../answer/markers.ts';
import type { Answer } from '../core/answer.ts';
import { splitSentences } from '../core/sentences.ts';
import { contentWords } from '../core/words.ts';

export interface Grounding {
  /** Those that say something; `I don't know` does not. */
  readonly sentences: number;
  readonly markedSentences: number;
  /** Sentences that one of their passages supports. */
  readonly supportedSentences: number;
  readonly markers: number;
  readonly supportedMarkers: number;
}

/** What a marker stands for. */
export interface NumberedPassage {
  readonly marker: number;
  /** With its title: a sentence may name what the passage is about. */
  readonly text: string;
}

const supportingShare = 0.8;

/** Of a model's text as it was written, whose markers are numbers of the window's items. */
export function groundingOf(raw: string, items: readonly NumberedPassage[]): Grounding {
  const { text, markers } = stripMarkers(raw);
  const spans = splitSentences(text);
  return grounded(
    spans.map(({ start, end }, index) => {
      const until = spans[index + 1]?.start ?? text.length + 1;
      // Behind a sentence it stands before the blank, so that it is not the next one's.
      const own = markers.filter(({ position }) => position >= start && position < until);
      const numbers = new Set(own.flatMap((marker) => marker.numbers));
      return { text: text.slice(start, end), passages: [...numbers].map((number) => textOf(items, number)) };
    }),
  );
}

/** Of an answer as it is shown, whose markers are numbers of its citations. */
export function groundingOfAnswer(answer: Answer, items: readonly (NumberedPassage & CitedSpan)[]): Grounding {
  const passageOf = (marker: number) => {
    const citation = answer.citations.find((one) => one.marker === marker);
    const item = items.find(
      ({ uri, start, end }) =>
        citation !== undefined && uri === citation.uri && start <= citation.start && end >= citation.end,
    );
    return item?.text ?? '';
  };
  return grounded(answer.claims.map(({ text, citations }) => ({ text, passages: citations.map(passageOf) })));
}

interface CitedSpan {
  readonly uri: string;
  readonly start: number;
  readonly end: number;
}

function textOf(items: readonly NumberedPassage[], number: number): string {
  return items.find(({ marker }) => marker === number)?.text ?? '';
}

function grounded(sentences: readonly { readonly text: string; readonly passages: readonly string[] }[]): Grounding {
  const total = { sentences: 0, markedSentences: 0, supportedSentences: 0, markers: 0, supportedMarkers: 0 };
  for (const { text, passages } of sentences) {
    const words = new Set(contentWords(text));
    if (words.size === 0 || saysUnknown(text)) continue;
    const supporting = passages.filter((passage) => isSupported(words, passage));
    total.sentences++;
    total.markers += passages.length;
    total.supportedMarkers += supporting.length;
    if (passages.length > 0) total.markedSentences++;
    if (supporting.length > 0) total.supportedSentences++;
  }
  return total;
}

function isSupported(words: ReadonlySet<string>, passage: string): boolean {
  const held = new Set(contentWords(passage));
  const found = [...words].filter((word) => held.has(word));
  return found.length >= supportingShare * words.size;
}
