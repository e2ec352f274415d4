/**
 * Placeholders for personal data and secrets: `{EMAIL_1}` for the first address of a prompt, wherever it stands in it. What a model
 * answers with placeholders gets the data back, in a stream too, where a placeholder may be cut anywhere.
 */
import type { Detection } from './detectors/detector.ts';

export interface Redaction {
  /** In the order given. */
  readonly texts: readonly string[];
  /** How many different values were taken out. */
  readonly count: number;
  /** One for each reply. */
  restorer(): Restorer;
}

export interface Restorer {
  /** What can be said of the reply now: a tail that may be the beginning of a placeholder waits. */
  push(delta: string): string;
  /** What waited. */
  end(): string;
}

export interface Redactor {
  /** Numbered over all texts in order, so that the same prompt gives the same placeholders. */
  redact(texts: readonly string[]): Promise<Redaction>;
  /** One word a kind and no number: for texts that are compared and never answered with. */
  mask(text: string): Promise<string>;
}

const words: Readonly<Record<Detection['kind'], string>> = {
  email: 'EMAIL',
  phone: 'PHONE',
  iban: 'IBAN',
  card: 'CARD',
  'national-id': 'PERSONAL_ID',
  name: 'NAME',
  secret: 'SECRET',
};
const anyWord = Object.values(words).join('|').replace('_', String.raw`[\\\s_-]{1,2}`);
/** Models leave out braces and escape underscores; within braces they also change capitals and what stands before the number. */
const placeholder = new RegExp(
  String.raw`\{\s{0,2}(${anyWord.replace(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`)})[\\\s_-]{0,2}(\d{1,4})\s{0,2}\}|(?<![\p{L}\p{N}_])(${anyWord})\\?_(\d{1,4})(?![\p{L}\p{N}_])`,
  'gu',
);
/** A tail that more text could make a placeholder of, or a longer number. */
const unfinished =
  /\{\s{0,2}(?:[A-Za-z][A-Za-z_\\ -]{0,15}(?:\d{1,4})?\s{0,2})?$|(?<![\p{L}\p{N}_])(?:[A-Z][A-Z_\\]{0,14}(?:\d{1,4})?\s?|)$/u;

/** As `EMAIL_1`. */
function nameIn(word = '', number = ''): string {
  return `${word.toUpperCase().replace(/[\\\s_-]+/g, '_')}_${Number(number)}`;
}

export function createRedactor(detect: (text: string) => Promise<readonly Detection[]>): Redactor {
  return {
    async redact(texts) {
      const detections = await Promise.all(texts.map(detect));
      const taken = highestNumbers(texts);
      const placeholders = new Map<string, string>();
      const values = new Map<string, string>();
      const numbers = new Map<string, number>();
      const nameOf = (kind: Detection['kind'], value: string) => {
        const known = placeholders.get(value);
        if (known !== undefined) return known;
        const word = words[kind];
        const number = (numbers.get(word) ?? taken.get(word) ?? 0) + 1;
        numbers.set(word, number);
        placeholders.set(value, `{${word}_${number}}`);
        values.set(`${word}_${number}`, value);
        return `{${word}_${number}}`;
      };
      return {
        texts: texts.map((text, index) => replaced(text, detections[index] ?? [], nameOf)),
        count: placeholders.size,
        restorer: () => restorerOf(values),
      };
    },
    async mask(text) {
      return replaced(text, await detect(text), (kind) => `{${words[kind]}}`);
    },
  };
}

/** Numbers that the texts themselves hold stay theirs. */
function highestNumbers(texts: readonly string[]): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  for (const text of texts) {
    for (const match of text.matchAll(placeholder)) {
      const [word = '', number = ''] = nameIn(match[1] ?? match[3], match[2] ?? match[4]).split(/_(?=\d)/);
      highest.set(word, Math.max(highest.get(word) ?? 0, Number(number)));
    }
  }
  return highest;
}

function replaced(
  text: string,
  detections: readonly Detection[],
  nameOf: (kind: Detection['kind'], value: string) => string,
): string {
  let result = '';
  let from = 0;
  for (const { kind, start, end } of detections) {
    result += text.slice(from, start) + nameOf(kind, text.slice(start, end));
    from = end;
  }
  return result + text.slice(from);
}

function restorerOf(values: ReadonlyMap<string, string>): Restorer {
  const restore = (text: string) =>
    text.replace(placeholder, (written, braced?: string, n1?: string, bare?: string, n2?: string) => {
      return values.get(nameIn(braced ?? bare, n1 ?? n2)) ?? written;
    });
  let held = '';
  return {
    push(delta) {
      if (values.size === 0) return delta;
      held += delta;
      const from = unfinished.exec(held)?.index ?? held.length;
      const ready = held.slice(0, from);
      held = held.slice(from);
      return restore(ready);
    },
    end() {
      const rest = restore(held);
      held = '';
      return rest;
    },
  };
}
