/** The first guard: the question is text that a person can see, and not too much of it. */
import { PerseaError } from '../core/errors.ts';
import type { QuestionVerdict } from './guard.ts';

export interface QuestionLimits {
  readonly questionCharacters: number;
}

/** Of a draft: a longer one is no word, and is not shown. */
export const longestWord = 200;

/** Throws `request-invalid` where nothing was asked. */
export function checkQuestion(question: string, limits: QuestionLimits): QuestionVerdict {
  // Far over the limit there is no need to look at each character.
  const isFarTooLong = question.length > limits.questionCharacters * 4;
  const visible = isFarTooLong ? question : visibleText(question).replace(fullWidth, (text) => text.normalize('NFKC'));
  if (visible === '') {
    throw new PerseaError('request-invalid', 'The question is empty. Ask something in words.', {
      details: { field: 'question' },
    });
  }
  const characters = isFarTooLong ? question.length : [...visible].length;
  if (characters > limits.questionCharacters) {
    return {
      verdict: 'refused',
      reason: 'input-too-long',
      message: `The question has ${characters} characters; at most ${limits.questionCharacters} are allowed. Ask a shorter one.`,
    };
  }
  return { verdict: 'accepted', question: visible };
}

/** As Japanese keyboards write them; models do not know them for the letters and digits of the documents. */
const fullWidth = /[０-９Ａ-Ｚａ-ｚ]+/gu;
/** Control characters that are not line breaks, among them those that paint over a terminal. */
const controls = /\p{Cc}/gu;
const lineBreaks = /\r\n?|[\u0085\u2028\u2029]/gu;
/**
 * Characters without a shape of their own: direction marks, soft hyphens, tags and selectors can hide words from readers
 * that models and search would still see. Joiners and emoji selectors are judged by what stands before them.
 */
const invisible = /[[\p{Default_Ignorable_Code_Point}\u{FFF9}-\u{FFFB}]--[\u{200C}\u{200D}\u{FE0E}\u{FE0F}]]/gv;
const shapedScripts =
  'Arabic Syriac Mongolian Nko Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Khmer Myanmar';
const shaped = shapedScripts.split(' ').map((script) => `\\p{Script=${script}}`);
/** Joiners and selectors, after a character that they can shape or after another one. */
const joiners = new RegExp(
  `([\\p{Extended_Pictographic}\\p{Emoji_Modifier}${shaped.join('')}])?([\\u200C\\u200D\\uFE0E\\uFE0F]+)`,
  'gu',
);
/** An emoji selector and a joiner. */
const longestJoint = 2;

/** Without what nobody sees and what steers a terminal; line breaks and blanks stay as they are. */
export function withoutInvisible(text: string): string {
  return text
    .toWellFormed()
    .replace(controls, (character) => (character === '\n' || character === '\t' ? character : ''))
    .replace(invisible, '')
    .replace(joiners, (_, base?: string, run = '') => (base === undefined ? '' : base + run.slice(0, longestJoint)));
}

/** NFC, line breaks as LF, no control or invisible characters, no runs of blanks, nothing at the ends. */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFC')
    .replace(lineBreaks, '\n')
    .replace(controls, (character) => (character === '\n' ? '\n' : ' '))
    .replace(invisible, '')
    .replace(joiners, (_, base?: string, run = '') => (base === undefined ? '' : base + run.slice(0, longestJoint)))
    .replace(/\p{Zs}+/gu, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .normalize('NFC');
}
