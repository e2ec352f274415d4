/** English words that say the same as others: some in any sentence, some in many. */
import { contentWords } from '../core/words.ts';

const groupsOf = (lines: string) =>
  lines
    .trim()
    .split('\n')
    .map((line) => line.split(' ').flatMap((word) => contentWords(word)));

/** The first one stands for the others of its line. */
const alike = groupsOf(`
start begin commence
need require
get receive obtain
buy purchase
inform notify
reimburse refund
assist help
`);
const firstOf = new Map(alike.flatMap(([first = '', ...others]) => others.map((other) => [other, first])));

/** Of a line one may stand for another where nothing else differs. */
const near = groupsOf(`
offer provide issue give grant supply
use apply utilise utilize
make create produce develop design establish found build construct
show display present
tell say report inform explain announce
keep store retain hold archive
send forward submit transmit
check verify review examine inspect test
pay cover bear fund reimburse
approve authorise authorize confirm
cancel withdraw revoke
change modify alter amend update
fix repair mend resolve correct
choose select pick
ask request apply
locate situate base
publish release issue
contain include comprise cover
happen occur
last take run
remain stay
live reside
name call title
write compose author
stop end cease terminate finish complete
increase rise grow
decrease fall drop decline
decide determine
allow permit enable
prohibit forbid ban
ensure guarantee
hire employ recruit
work serve
play portray
big large great
annual yearly
whole entire complete full
main primary principal chief
important significant
quick fast rapid
mandatory compulsory obligatory
optional voluntary
initial first
final last
all every each any
can may might
must shall
until atmost within
several many multiple various
`);

/** @param form as stemmed; the same where no other stands for it */
export function commonForm(form: string): string {
  return firstOf.get(form) ?? form;
}

/** The lines that each form stands in. */
const linesOf = new Map<string, readonly number[]>();
for (const [line, forms] of near.entries()) {
  for (const form of new Set(forms.map(commonForm))) linesOf.set(form, [...(linesOf.get(form) ?? []), line]);
}

export function areNear(a: string, b: string): boolean {
  const lines = linesOf.get(a);
  return lines !== undefined && (linesOf.get(b) ?? []).some((line) => lines.includes(line));
}
