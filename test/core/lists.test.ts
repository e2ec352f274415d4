import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemsBehind, leadInOf, opensItem } from '../../src/core/lists.ts';
import { splitSentences } from '../../src/core/sentences.ts';

const text = `# Keys

Read this first. You must not:

- lend your key
  to anybody
- copy it. Copies are found.

What is not lost

* tell security
* change the lock:
  1. today
  2. with a witness

Prose with an end.
- stands above

Also:

A paragraph, then:
`;
const leadOf = (line: string) => {
  const span = leadInOf(text, text.indexOf(line));
  return span === null ? null : text.slice(span.start, span.end);
};
const sentenceOf = (start: string) => splitSentences(text).find((span) => text.startsWith(start, span.start));

describe('what leads to a list', () => {
  it.each([
    ['- lend', 'You must not:'],
    ['- copy', 'You must not:'],
    ['* tell', 'What is not lost'],
    ['* change', 'What is not lost'],
    ['  1. today', '* change the lock:'],
    ['  2. with', '* change the lock:'],
    ['- stands', null],
  ])('is known of the item %j', (line, lead) => {
    expect(leadOf(line)).toBe(lead);
  });

  it('is nothing that belongs to another item or stands too far away', () => {
    expect(leadInOf('- one:\n- two\n', 7)).toBeNull();
    expect(leadInOf(`May:\n${'- x\n'.repeat(80)}`, 5 + 4 * 70)).toBeNull();
    expect(leadInOf(`${'so '.repeat(120)}:\n- x`, 362)).toBeNull();
    expect(leadInOf('- x', 0)).toBeNull();
  });
});

describe('items', () => {
  it('are opened by the sentence with the mark alone', () => {
    const opens = splitSentences(text).filter((span) => opensItem(text, span));
    expect(opens.map(({ start, end }) => text.slice(start, end))).toEqual([
      '- lend your key\n  to anybody',
      '- copy it.',
      '* tell security',
      '* change the lock:',
      '1. today',
      '2. with a witness',
      '- stands above',
    ]);
  });

  it('behind a sentence are whole, and end with the list', () => {
    const behind = (start: string) => {
      const span = sentenceOf(start);
      return span === undefined ? null : itemsBehind(text, span).map((item) => text.slice(item.start, item.end));
    };
    expect(behind('You must')).toEqual(['- lend your key\n  to anybody', '- copy it. Copies are found.']);
    expect(behind('Read this')).toEqual([]);
    expect(behind('Also')).toEqual([]);
    expect(behind('A paragraph')).toEqual([]);
  });

  it('are found in any text without an error', () => {
    const line = fc.constantFrom('- a', '  - b:', '1. c', 'May:', 'Title', '', '> - q', '\t* t', 'so it is.', '# H');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const made = lines.join('\n');
        for (const span of splitSentences(made)) {
          const lead = leadInOf(made, span.start);
          if (lead !== null) expect(lead.end).toBeLessThanOrEqual(span.start);
          for (const item of itemsBehind(made, span)) expect(item.start).toBeGreaterThanOrEqual(span.end);
        }
      }),
    );
  });
});
