/** English verbs whose past and participle no stemmer leads back to them: `the mentor is chosen`, `chooses the mentor`. */

/** Each group is a verb with its other forms; not those that are other words as well (`left`, `saw`). */
const verbs = (
  'arise arose arisen|become became|begin began begun|bend bent|break broke broken|bring brought|build built|buy bought|' +
  'catch caught|choose chose chosen|come came|deal dealt|draw drew drawn|drive drove driven|eat ate eaten|fall fell fallen|' +
  'feed fed|fight fought|find found|fly flew flown|forbid forbade forbidden|forget forgot forgotten|freeze froze frozen|' +
  'get got gotten|give gave given|go went gone|grow grew grown|hang hung|hear heard|hide hid hidden|hold held|keep kept|' +
  'know knew known|lay laid|lead led|lend lent|lose lost|make made|mean meant|meet met|overcome overcame|oversee oversaw overseen|' +
  'pay paid|prepay prepaid|rebuild rebuilt|repay repaid|resell resold|rewrite rewrote rewritten|ride rode ridden|' +
  'ring rang rung|rise rose risen|run ran|seek sought|sell sold|send sent|shake shook shaken|shoot shot|show shown|' +
  'sing sang sung|sit sat|sleep slept|speak spoke spoken|spend spent|stand stood|steal stole stolen|stick stuck|strike struck|' +
  'sweep swept|swim swam swum|take took taken|teach taught|tear tore torn|tell told|think thought|throw threw thrown|' +
  'undergo underwent undergone|understand understood|undertake undertook undertaken|wear wore worn|win won|' +
  'withdraw withdrew withdrawn|withhold withheld|write wrote written'
)
  .split('|')
  .map((forms) => forms.split(' '));
const verbByForm = new Map(verbs.flatMap(([verb = '', ...others]) => others.map((form) => [form, verb])));

/** @param word in lower case; the same word where it is no such form */
export function verbOf(word: string): string {
  return verbByForm.get(word) ?? word;
}
