/** `npm run eval:personal-data`: what is found of the personal data in fixtures/guards, and what is taken for such. */
import { scorePersonalData } from './personal-data-scores.ts';

for (const part of ['first', 'second'] as const) {
  const { texts, textsWithoutData, kinds, mistakes } = await scorePersonalData(part);
  const share = (part: number, whole: number) => (whole === 0 ? '–' : (part / whole).toFixed(3));
  const rows = kinds.map(({ kind, marked, found, right, hidden }) =>
    [kind, marked, found, share(right, found), share(right, marked), share(hidden, marked)].join(' | '),
  );
  const sum = (of: (one: (typeof kinds)[number]) => number) => kinds.reduce((total, one) => total + of(one), 0);
  const [marked, found, right, hidden] = [
    sum((k) => k.marked),
    sum((k) => k.found),
    sum((k) => k.right),
    sum((k) => k.hidden),
  ];
  process.stdout.write(
    `\n${part} part: ${texts} texts, ${textsWithoutData} of them without personal data\n\n| kind | marked | found | precision | recall | hidden |\n| --- | --- | --- | --- | --- | --- |\n` +
      `${rows.map((row) => `| ${row} |`).join('\n')}\n| all | ${marked} | ${found} | ${share(right, found)} | ${share(right, marked)} | ${share(hidden, marked)} |\n`,
  );
  for (const { id, missed, wrong } of mistakes) {
    process.stderr.write(`${id}: missed ${missed.join('; ') || 'nothing'}; wrong ${wrong.join('; ') || 'nothing'}\n`);
  }
}
