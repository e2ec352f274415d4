/** Numbers and versions in the other ways of writing them: the index of words knows `5000`, `5,000` and `5.000` as three words. */
import { grouped } from '../core/counts.ts';

const number =
  /(?<![\p{L}\p{N}._/,-])(?:[1-9]\d{0,2}(?:[ \u00a0\u202f.,]\d{3})+|[1-9]\d{3,8})(?![\p{L}\p{N}]|[.,]\p{N})/gu;
const version = /(?<![\p{L}\p{N}._/,-])(?:v\d+(?:\.\d+)+|\d+(?:\.\d+){2,})(?![\p{L}\p{N}]|[.,]\p{N})/giu;
const separators = ['', ',', '.'];
const maxNumbers = 8;

/** The forms, those of the question not among them. */
export function numberForms(question: string): readonly string[] {
  const numbers = [...question.matchAll(number)].map(([text]) => text.replace(/\D/g, '')).filter((text) => text !== '');
  const versions = [...question.matchAll(version)].map(([text]) => text.toLowerCase());
  const forms = [
    ...numbers.slice(0, maxNumbers).flatMap((digits) => separators.map((separator) => grouped(digits, separator))),
    ...versions.slice(0, maxNumbers).map((text) => (text.startsWith('v') ? text.slice(1) : `v${text}`)),
  ];
  const written = new Set(question.toLowerCase().split(/\s+/));
  return [...new Set(forms)].filter((form) => !written.has(form));
}
