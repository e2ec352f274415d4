/**
 * Two built-in documents that nobody may ever see. They lie in every index beside real ones; a person who finds one proves
 * that a guard is broken, so every start and `doctor` look for them.
 */
export const canarySource = 'persea.canary';
/** Granted by no policy: access.yaml may not name it. */
export const canaryTag = 'persea:canary';

export interface Canary {
  readonly uri: string;
  readonly title: string;
  readonly text: string;
  /** A question that finds it by words and by meaning, if anything does. */
  readonly question: string;
}

export const canaries: readonly Canary[] = [
  {
    uri: `${canarySource}/confidential`,
    title: 'Canary of the access checks',
    text: 'The xylograph canary named quillwort sits in the sealed aviary. Nobody may read this sentence.',
    question: 'Where does the xylograph canary quillwort sit?',
  },
  {
    uri: `${canarySource}/second`,
    title: 'Second canary of the access checks',
    text: 'The password of the zoetrope canary is never spoken. Whoever reads this has found a broken guard.',
    question: 'What is the password of the zoetrope canary?',
  },
];
