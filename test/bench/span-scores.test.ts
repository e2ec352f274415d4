import { expect, it } from 'vitest';
import { spanScores } from '../../bench/span-scores.ts';

const span = (start: number, end: number, document = 'd') => ({ document, start, end });

it('counts characters as the original does', () => {
  // 10 of 20 wanted characters are in 40 retrieved ones.
  expect(spanScores([span(0, 20)], [span(10, 50)])).toEqual({ recall: 0.5, precision: 0.25, iou: 10 / 50 });
  // Spans that overlap are found once and retrieved twice.
  expect(spanScores([span(0, 10)], [span(0, 20), span(5, 25)])).toEqual({ recall: 1, precision: 0.25, iou: 0.25 });
  // The same places of another document are no find.
  expect(spanScores([span(0, 10)], [span(0, 10, 'other')])).toEqual({ recall: 0, precision: 0, iou: 0 });
  expect(spanScores([span(0, 10), span(5, 15)], [span(0, 15)])).toEqual({ recall: 1, precision: 1, iou: 1 });
  expect(spanScores([span(0, 10)], [])).toEqual({ recall: 0, precision: 0, iou: 0 });
});
