/** English words that the index of words leaves out: the list of the Snowball project and some more, none of which says what a text is about. */
import { functionWordsOf } from '../core/function-words.ts';

const snowball =
  'i me my myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself they them their theirs themselves what which who whom this that these those am is are was were be been being have has had having do does did doing would should could ought a an the and but if or because as until while of at by for with about against between into through during before after above below to from up down in out on off over under again further then once here there when where why how all any both each few more most other some such no nor not only own same so than too very';
const further = 'also now others per';
/** The engine compares words without their endings: `before` as `befor`. */
const stems = 'abov ani becaus befor doe dure onc onli ourselv themselv veri whi yourselv';

export const englishStopWords: readonly string[] = [
  ...new Set([...snowball.split(' '), ...further.split(' '), ...stems.split(' '), ...functionWordsOf('en')]),
];
