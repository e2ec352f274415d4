/** Which features of the evidence the refusal model is learned from. */

const withVectors = [
  'passageDense',
  'sentenceDense',
  'windowCoverage',
  'windowCoverageSquared',
  'denseCoverage',
  'passageCoverage',
  'passageKeyword',
  'sentenceKeyword',
  'passageMargin',
  'negationMismatch',
  'denseContrast',
  'specificsMissed',
  'specificsMissedInPassage',
  'focusMissedInPassage',
  'pairsMatchedInPassage',
  'rarestMissed',
  'questionLength',
];
const withoutVectors = [
  'passageKeyword',
  'sentenceKeyword',
  'sentenceCoverage',
  'windowCoverage',
  'windowCoverageSquared',
  'passageCoverage',
  'bestPassageCoverage',
  'passageMargin',
  'negationMismatch',
  'questionLength',
  'specificsMissed',
  'specificsMissedInPassage',
  'focusMissedInPassage',
  'pairsMatchedInPassage',
  'rarestMissed',
];

/** @param fingerprint of the evidence: an embedder's, or `keyword` */
export function refusalFeatures(fingerprint: string): readonly string[] {
  return fingerprint === 'keyword' ? withoutVectors : withVectors;
}
