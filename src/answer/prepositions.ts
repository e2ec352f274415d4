/** Tell what part a word plays, wherever in the sentence it stands: `in Germany`, `of Helen`. */
const prepositions = new Set(
  (
    'in on at of to from for with by into onto over under between through during after before against within without about near since until as per via than toward towards ' +
    'von vom zu zum zur aus bei beim nach mit für auf am im ins durch gegen über unter vor seit bis ohne um als ' +
    'de du des à au aux dans pour par sur avec sans chez entre vers depuis jusque'
  ).split(' '),
);

/** @param word in lower case */
export function isPreposition(word: string): boolean {
  return prepositions.has(word);
}
