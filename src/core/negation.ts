/** Words that deny, in English, German and French. */

const negationWords = new Set(
  'unless except außer sauf not no never none neither nor without cannot nobody nothing nowhere hardly scarcely nicht nichts kein keine keinen keinem keiner keines nie niemals niemand nirgends weder kaum ohne ne pas jamais aucun aucune sans ni non'.split(
    ' ',
  ),
);

const exclusion =
  /\b(?:exclu\p{L}*|prohibit\p{L}*|forbid\p{L}*|banned|ausgeschlossen\p{L}*|ausschl\p{L}*|verboten\p{L}*|untersagt\p{L}*|interdi\p{L}*)\b/iu;

/** @param word in lower case */
export function isNegation(word: string): boolean {
  return negationWords.has(word) || word.endsWith("n't");
}

/** Whether anything in the text denies or excludes what it speaks of. */
export function deniesOrExcludes(text: string): boolean {
  if (exclusion.test(text)) return true;
  return text
    .toLowerCase()
    .replaceAll('’', "'")
    .split(/[^\p{L}']+/u)
    .some((word) => isNegation(word));
}
