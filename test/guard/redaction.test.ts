import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detection } from '../../src/guard/detectors/detector.ts';
import { createRedactor } from '../../src/guard/redaction.ts';

const values: Readonly<Record<string, Detection['kind']>> = {
  'ann@corvane.example': 'email',
  'bo@corvane.example': 'email',
  '+44 20 7946 0958': 'phone',
  'AB 12 34 56 C': 'national-id',
  'Nadia Mertens': 'name',
  'Quill-9wort!': 'secret',
};
const redactor = createRedactor(async (text) =>
  Object.entries(values)
    .flatMap(([value, kind]) =>
      [...text.matchAll(new RegExp(value.replace(/[+!]/g, '\\$&'), 'g'))].map(
        ({ index }): Detection => ({ kind, start: index, end: index + value.length }),
      ),
    )
    .sort((a, b) => a.start - b.start),
);

async function roundTrip(text: string, cuts: readonly number[]) {
  const redaction = await redactor.redact([text]);
  const [hidden = ''] = redaction.texts;
  const restorer = redaction.restorer();
  const edges = [0, ...cuts.map((cut) => cut % (hidden.length + 1)).sort((a, b) => a - b), hidden.length];
  let result = '';
  for (const [index, edge] of edges.entries()) result += restorer.push(hidden.slice(edge, edges[index + 1] ?? edge));
  return { hidden, result: result + restorer.end() };
}

const piece = fc.constantFrom(
  ...Object.keys(values),
  ' ',
  '. ',
  'EMAIL',
  'HR',
  '{',
  '}',
  '_',
  '1',
  '12',
  'PERSONAL_ID_',
  '{EMAIL_7}',
  'NAME_3',
  'text ',
  '\\_',
  '\n',
);

describe('placeholders', () => {
  it.each([
    '{Email_1}',
    '{email_1}',
    '{EMAIL 1}',
    '{EMAIL-1}',
    '{EMAIL1}',
    '{EMAIL_01}',
    '{  EMAIL_1  }',
    '{Email\\_1}',
  ])('are known as %s, too', async (written) => {
    const redaction = await redactor.redact(['Ask ann@corvane.example.']);
    for (const length of [1, 2, 5, 40]) {
      const restorer = redaction.restorer();
      const text = `Ask ${written} there.`;
      let result = '';
      for (let at = 0; at < text.length; at += length) result += restorer.push(text.slice(at, at + length));
      expect(result + restorer.end()).toBe('Ask ann@corvane.example there.');
    }
  });

  it('hide every value and give it back, wherever a stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 14 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (pieces, cuts) => {
          // Blanks between pieces: a placeholder that touches letters is none.
          const text = pieces.join(' ');
          const { hidden, result } = await roundTrip(text, cuts);
          for (const value of Object.keys(values)) expect(hidden).not.toContain(value);
          expect(result).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are numbered by first appearance over all texts, the same for the same value', async () => {
    const { texts, count } = await redactor.redact([
      'Ask bo@corvane.example.',
      'bo@corvane.example or ann@corvane.example, Nadia Mertens',
    ]);
    expect(texts).toEqual(['Ask {EMAIL_1}.', '{EMAIL_1} or {EMAIL_2}, {NAME_1}']);
    expect(count).toBe(3);
  });

  it('leave numbers alone that a text holds itself', async () => {
    const { texts, restorer } = await redactor.redact(['{EMAIL_3} is a placeholder, ann@corvane.example is none']);
    expect(texts).toEqual(['{EMAIL_3} is a placeholder, {EMAIL_4} is none']);
    const one = restorer();
    expect(one.push('{EMAIL_3} {EMAIL_4} {EMAIL_5}') + one.end()).toBe('{EMAIL_3} ann@corvane.example {EMAIL_5}');
  });

  it.each([
    ['Write to EMAIL_1.', 'Write to ann@corvane.example.'],
    ['Write to EMAIL\\_1, please', 'Write to ann@corvane.example, please'],
    ['**{EMAIL_1}** [1]', '**ann@corvane.example** [1]'],
    ['{ EMAIL_1 }', 'ann@corvane.example'],
    ['EMAIL_12 and XEMAIL_1 and EMAIL_1X', 'EMAIL_12 and XEMAIL_1 and EMAIL_1X'],
    ['{PERSONAL_ID_1} or PERSONAL\\_ID\\_1', 'AB 12 34 56 C or AB 12 34 56 C'],
  ])('are known again as a model writes them: %s', async (reply, expected) => {
    const { restorer } = await redactor.redact(['ann@corvane.example AB 12 34 56 C']);
    for (const size of [1, 2, 3, 50]) {
      const one = restorer();
      let result = '';
      for (let at = 0; at < reply.length; at += size) result += one.push(reply.slice(at, at + size));
      expect(result + one.end()).toBe(expected);
    }
  });

  it('are words without a number for texts that are only compared', async () => {
    expect(await redactor.mask('Nadia Mertens, ann@corvane.example')).toBe('{NAME}, {EMAIL}');
  });
});
