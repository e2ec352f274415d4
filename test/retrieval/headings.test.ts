import { describe, expect, it } from 'vitest';
import { readableSentence } from '../../src/core/readable.ts';
import { splitSentences } from '../../src/core/sentences.ts';
import { headingsAmong } from '../../src/retrieval/headings.ts';

function headingsOf(text: string, path: readonly string[] = []): readonly string[] {
  const spans = splitSentences(text);
  const readable = spans.map((span) => readableSentence(text, span));
  return headingsAmong(text, spans, readable, path).flatMap((is, index) => (is ? [readable[index] ?? ''] : []));
}

describe('headings among sentences', () => {
  it('are told by their mark, their number or the path', () => {
    expect(headingsOf('# Leave\n\nLeave is 26 weeks.')).toEqual(['Leave']);
    expect(headingsOf('9.3 By weighing\n\nPut it on the scale.')).toEqual(['9.3 By weighing']);
    expect(headingsOf('code of conduct\n\nBe honest.', ['Code of Conduct'])).toEqual(['code of conduct']);
  });

  it('are fields that say again what the document or the section is called, and no others', () => {
    const mail = 'Subject: Canteen opens\nFrom: Ann Lee\nDate: 2026-09-07\n\nLunch is at noon.';
    expect(headingsOf(mail, ['Canteen opens'])).toEqual(['Subject: Canteen opens']);
    expect(headingsOf(mail, ['Canteen'])).toEqual([]);
    expect(headingsOf('Lunch: noon\nSupper: six', ['Meals'])).toEqual([]);
  });

  it('are bare lines before prose', () => {
    expect(headingsOf('You may hire a bicycle.\n\nLeaving\n\nWhen you leave, your pot remains yours.')).toEqual([
      'Leaving',
    ]);
    expect(headingsOf('4 Project Heron\n\nThe board discussed the purchase.')).toEqual(['4 Project Heron']);
  });

  it('are not values, list items, sentences or bare lines without prose behind them', () => {
    expect(headingsOf('The price:\n\nEUR 25\n\nIt is paid monthly.')).toEqual([]);
    expect(headingsOf('- Sammelplatz Nord\n- Sammelplatz Ost\n\nGo there.')).toEqual([]);
    expect(headingsOf('Tea\n\nCoffee\n\nWater')).toEqual([]);
    expect(headingsOf('Ask your manager.\n\nThey decide.')).toEqual([]);
  });

  it('are names of columns, and no row below them', () => {
    expect(headingsOf('| Area | Spaces |\n| --- | --- |\n| North | 140 |')).toHaveLength(1);
  });
});
