import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/core/document.ts';
import { type Locator, locatorText, placesIn } from '../../src/core/locator.ts';

const block = (start: number, facts: Partial<Block> = {}): Block => ({
  kind: 'paragraph',
  start,
  end: start + 9,
  level: null,
  title: null,
  page: null,
  headerEnd: null,
  ...facts,
});

describe('placesIn', () => {
  const slides = [
    block(0, { kind: 'slide', title: 'Plan', page: 1, level: 1 }),
    block(10, { page: 1 }),
    block(20, { kind: 'slide', title: '', page: 2, level: 1 }),
    block(30, { page: 2 }),
  ];
  const pages = [block(0, { page: 1 }), block(10, { page: 1 }), block(20, { page: 2 })];
  const cases: readonly (readonly [string, readonly Block[], number, number, readonly unknown[]])[] = [
    ['nothing where the format has none', [block(0), block(10)], 0, 20, []],
    ['nothing without structure', [], 0, 20, []],
    [
      'pages, each where it begins',
      pages,
      5,
      30,
      [
        [5, 'page 1'],
        [20, 'page 2'],
      ],
    ],
    ['the page of what comes before a gap', pages, 19, 20, [[19, 'page 1']]],
    ['a slide from before the span', slides, 12, 15, [[12, 'slide 1']]],
    [
      'slides across a span',
      slides,
      12,
      40,
      [
        [12, 'slide 1'],
        [20, 'slide 2'],
      ],
    ],
    [
      'a sheet by its name',
      [block(0, { kind: 'sheet', title: 'Costs', page: 3 }), block(10)],
      10,
      20,
      [[10, 'sheet Costs']],
    ],
    [
      'times of a recording',
      [block(0, { seconds: 0 }), block(10, { seconds: 3_723.9 })],
      3,
      20,
      [
        [3, 'at 0:00:00'],
        [10, 'at 1:02:03'],
      ],
    ],
  ];
  it.each(cases)('finds %s', (_, blocks, start, end, expected) => {
    expect(placesIn(blocks, start, end).map((place) => [place.start, locatorText(place.locator)])).toEqual(expected);
  });

  it('keeps number and name of slides and sheets', () => {
    const [first, second] = placesIn(slides, 0, 40).map((place): Locator => place.locator);
    expect(first).toEqual({ kind: 'slide', number: 1, name: 'Plan' });
    expect(second).toEqual({ kind: 'slide', number: 2 });
  });
});
