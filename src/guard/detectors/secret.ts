/** Keys and passwords: those that secretlint knows by their shape, tokens that carry their own structure, and values that are called a password. */
import { findSecrets } from '../secrets.ts';
import { type Detection, type Detector, detectionsOf } from './detector.ts';

/** A JSON Web Token (RFC 7519): two parts of it begin with `{"` in base64url. */
const webToken = /(?<![\w-])eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{16,2000}(?![\w-])/g;
/** Also in bold, as code, in the next cell of a table and as an option of a command. */
const named =
  /(?<![\p{L}\p{N}])(?:pass(?:word|wort|phrase|code)|kennwort|mot de passe|contraseña|senha|hasło|wachtwoord|parola|lösenord|adgangskode|passord|salasana|heslo|пароль|密码|密碼|パスワード|pwd|(?:(?:api|access|account|auth|client|private|refresh|secret|shared)[ _-]?)?(?:secret|token)|(?:api|access|account|secret)[ _-]?key)(?:["'`*_]{0,3}\s{0,3}(?::|：|=|=>|\|)[*_]{0,3}\s{0,3}|\s+(?:is|lautet|ist|est|es|è|to)\s*:?\s+|\s+(?=["'`«„])|(?<=--[\w-]{1,40}) )["'`«„*]{0,3}(?<value>[^\s"'`<>«»„“|*]{6,256})/giu;
/** What a header sends to be let in. */
const authorization = /(?<![\p{L}\p{N}])(?:bearer|basic)\s+(?<value>[\w.~+/=-]{16,2000})/giu;
const inAddress = /:\/\/[^\s/:@]{0,256}:(?<value>[^\s/@]{6,256})@/gu;
const googleKey = /(?<![\w-])AIza[\w-]{35}(?![\w-])/g;

export const detectSecrets: Detector = async (text) => {
  const found: Detection[] = (await findSecrets(text)).map(({ start, end }) => ({ kind: 'secret', start, end }));
  found.push(...detectionsOf('secret', text, webToken), ...detectionsOf('secret', text, googleKey));
  for (const match of [named, authorization, inAddress].flatMap((pattern) => [...text.matchAll(pattern)])) {
    const value = (match.groups?.value ?? '').replace(/[.,;:?)\]}]+$/, '');
    if (!looksChosen(value)) continue;
    const start = match.index + match[0].lastIndexOf(value);
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
