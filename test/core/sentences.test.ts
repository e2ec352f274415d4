import { describe, expect, it } from 'vitest';
import { splitSentences } from '../../src/core/sentences.ts';

const sentencesOf = (text: string) => splitSentences(text).map((span) => text.slice(span.start, span.end));

describe('splitSentences', () => {
  it('goes on over the line break of a soft-wrapped sentence', () => {
    expect(sentencesOf('Leave is\n26 weeks long. It is paid.')).toEqual(['Leave is\n26 weeks long.', 'It is paid.']);
  });

  it('keeps a table row whole and leaves the rule line out', () => {
    expect(sentencesOf('| step | text |\n| --- | --- |\n| 1. | Open. Close it. |\n')).toEqual([
      '| step | text |',
      '| 1. | Open. Close it. |',
    ]);
  });

  it('takes each line of a fenced block and each list item as one', () => {
    expect(sentencesOf('Run:\n```\nnpm install\nnpm test\n```\n- first\n  wrapped\n- second')).toEqual([
      'Run:',
      'npm install',
      'npm test',
      '- first\n  wrapped',
      '- second',
    ]);
  });

  it('does not end a sentence after an abbreviation', () => {
    expect(sentencesOf('Ask Dr. Marsh, e.g. Helen. She knows.')).toEqual(['Ask Dr. Marsh, e.g. Helen.', 'She knows.']);
  });

  it('ends a sentence after an acronym that is also an abbreviation in small letters', () => {
    expect(sentencesOf('Ask HR. They know. Fragen Sie Hr. Weber.')).toEqual([
      'Ask HR.',
      'They know.',
      'Fragen Sie Hr. Weber.',
    ]);
  });

  it.each([
    [
      'German and French abbreviations',
      'Das gilt z. B. Montags bzw. Nr. 4. Voir p. ex. Annexe B.',
      ['Das gilt z. B. Montags bzw. Nr. 4.', 'Voir p. ex. Annexe B.'],
    ],
    ['a German date', 'Es beginnt am 3. Mai 2026. Es endet nie.', ['Es beginnt am 3. Mai 2026.', 'Es endet nie.']],
    [
      'initials',
      'J. R. Hale signed. He left the U.S. The office stayed.',
      ['J. R. Hale signed.', 'He left the U.S.', 'The office stayed.'],
    ],
    [
      'a number at the end',
      'It began in 2020. It has 12. More came.',
      ['It began in 2020.', 'It has 12.', 'More came.'],
    ],
    [
      'closing quotes',
      'She said “yes.” Then she left (at once.) Done.',
      ['She said “yes.”', 'Then she left (at once.)', 'Done.'],
    ],
    ['Japanese', 'これは文です。次の文です。', ['これは文です。', '次の文です。']],
    ['numbered items', '1. Open it. Look.\n2. Close it', ['1. Open it.', 'Look.', '2. Close it']],
    ['a numbered heading', '3.2 Travel costs\nThey are paid.', ['3.2 Travel costs', 'They are paid.']],
    ['an underlined heading', 'Costs\n=====\nThey are paid.', ['Costs', 'They are paid.']],
    [
      'fields of a letter',
      'Subject: Leave\nFrom: Helen\n\nNote: it is\npaid.',
      ['Subject: Leave', 'From: Helen', 'Note: it is\npaid.'],
    ],
  ])('parts %s', (_, text, sentences) => {
    expect(sentencesOf(text)).toEqual(sentences);
  });

  it('adds the base to every offset', () => {
    expect(splitSentences('One. Two.', 10)).toEqual([
      { start: 10, end: 14 },
      { start: 15, end: 19 },
    ]);
  });
});
