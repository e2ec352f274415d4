/** E-mail addresses, also those written to be read by people only: `jo (at) example (dot) org`. */
import { type Detector, detectionsOf } from './detector.ts';

const label = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?`;
const address = new RegExp(
  String.raw`(?<![\p{L}\p{N}/])[\p{L}\p{N}](?:[\p{L}\p{N}._%+'-]{0,62}[\p{L}\p{N}_%+-])?\\?@(?:${label}\.){1,4}\p{L}{2,24}(?![\p{L}\p{N}@-]|\.\p{L}{2,24}@)`,
  'gu',
);
const spelled = new RegExp(
  String.raw`(?<![\p{L}\p{N}._-])[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}\s?[([{]\s?(?:at|ät|arobase)\s?[)\]}]\s?(?:${label}\s?(?:\.|[([{]\s?(?:dot|punkt|point)\s?[)\]}])\s?){1,4}\p{L}{2,24}(?![\p{L}\p{N}])`,
  'giu',
);
/** `logo@2x.png` is a file, and addresses do not end in these. */
const fileEnding =
  /\.(?:png|jpe?g|gif|svg|webp|ico|css|s?css|js|mjs|cjs|ts|tsx|jsx|json|ya?ml|html?|md|txt|pdf|docx?|xlsx?|pptx?|zip|gz|tar|log|py|rb|go|rs|java|sh|lock)$/i;

export const detectEmails: Detector = (text) =>
  text.includes('@') || /[([{]\s?(?:at|ät|arobase)/i.test(text)
    ? [...detectionsOf('email', text, address), ...detectionsOf('email', text, spelled)].filter(
        ({ start, end }) =>
          !fileEnding.test(text.slice(start, end)) &&
          // `git@host:path` is where code lies.
          !(text.slice(start, end).startsWith('git@') && text[end] === ':'),
      )
    : [];
