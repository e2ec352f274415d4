/** Keys and passwords: those that secretlint knows by their shape, tokens that carry their own structure, and values that are called a password. */
import { findSecrets } from '../secrets.ts';
import { type Detection, type Detector, detectionsOf } from './detector.ts';

/** A JSON Web Token (RFC 7519): two parts of it begin with `{"` in base64url. */
const webToken = /(?<![\w-])eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{16,2000}(?![\w-])/g;
const named =
  /(?<![\p{L}\p{N}])(?:pass(?:word|wort|phrase|code)|kennwort|mot de passe|contraseña|senha|hasło|wachtwoord|pwd|secret|api[ _-]?key|access[ _-]?key|token|client[ _-]?secret)(?:["'`]?\s{0,3}(?::|=|=>)\s{0,3}|\s+(?:is|lautet|ist|est|es|è|to)\s*:?\s+)["'`«„]?(?<value>[^\s"'`<>«»„“]{6,256})/giu;

export const detectSecrets: Detector = async (text) => {
  const found: Detection[] = (await findSecrets(text)).map(({ start, end }) => ({ kind: 'secret', start, end }));
  found.push(...detectionsOf('secret', text, webToken));
  for (const match of text.matchAll(named)) {
    const value = (match.groups?.value ?? '').replace(/[.,;:?)\]}]+$/, '');
    if (!looksChosen(value)) continue;
    const start = match.index + match[0].indexOf(value, match[0].length - (match.groups?.value ?? '').length);
    found.push({ kind: 'secret', start, end: start + value.length });
  }
  return withoutOverlap(found);
};

/** Not a word, a placeholder or a variable: `required`, `$PASSWORD`, `{{token}}`, `********`. */
function looksChosen(value: string): boolean {
  if (value.length < 6 || /^[$<{[(*%]|^(?:process\.|os\.|env)/i.test(value) || /[(){}<>[\]]/.test(value)) return false;
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(value)).length;
  return (
    /\d/.test(value) &&
    kinds >= 2 &&
    !/^\d{4}-\d{2}-\d{2}/.test(value) &&
    !/^https?:/.test(value) &&
    !/^v?\d+(?:\.\d+)+$/.test(value)
  );
}

function withoutOverlap(found: readonly Detection[]): readonly Detection[] {
  const kept: Detection[] = [];
  for (const one of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (last !== undefined && one.start < last.end)
      kept[kept.length - 1] = { ...last, end: Math.max(last.end, one.end) };
    else kept.push(one);
  }
  return kept;
}
