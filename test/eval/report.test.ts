import { describe, expect, it } from 'vitest';
import { binCounts } from '../../src/eval/report/charts.ts';
import { html } from '../../src/core/html.ts';
import { reportPage } from '../../src/eval/report/page.ts';
import { resultFile } from '../support/result-files.ts';

const options = { seed: 1, date: new Date('2026-01-02T00:00:00Z') };
const query = (id: string, value: number, facts: object = {}) => ({
  id,
  question: `What about ${id}?`,
  'ndcg@10': value,
  'recall@10': 1,
  'recall@100': 1,
  'mrr@10': value,
  map: value,
  ms: 12,
  found: [{ id: `wrong-${id}`, title: `Found for ${id}` }],
  wanted: [{ id: `right-${id}`, title: `Wanted for ${id}`, grade: 1, rank: 7 }],
  ...facts,
});
const good = resultFile({ perQuery: [query('q1', 1), query('q2', 0.25), query('q3', 0.5)] });

describe('markup', () => {
  it('takes every value as text', () => {
    const hostile = `<script>alert("1")</script>&'\u202E\u0000`;
    expect(html`<p title="${hostile}">${hostile}</p>`.markup).toBe(
      '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;">' +
        '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;</p>',
    );
    expect(html`<ul>${[html`<li>${1}</li>`, html`<li>${'<'}</li>`]}</ul>`.markup).toBe(
      '<ul><li>1</li><li>&lt;</li></ul>',
    );
  });
});

describe('the page', () => {
  it('names measures with intervals, and the worst questions first with what was found instead', () => {
    const page = reportPage([{ name: 'base', result: good }], options);
    expect(page).toContain('<th>ndcg@10</th><td>0.583</td>');
    const places = ['What about q2?', 'Found for q2', 'What about q3?'].map((text) => page.indexOf(text));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(page).toMatch(/Wanted for q2<\/b> right-q2 <span class="note">at rank 7/);
    // Nothing was wrong with the first question.
    expect(page).not.toContain('What about q1?');
    expect(page).not.toContain('Side by side');
  });

  it('compares several results over the same questions with the first one', () => {
    const worse = resultFile({ perQuery: [query('q1', 0.5), query('q2', 0.1), query('q3', 0.4)] });
    const other = resultFile({ corpus: 'sha256:9', perQuery: [query('x', 1)] });
    const page = reportPage(
      [
        { name: 'base', result: good },
        { name: 'new', result: worse },
        { name: 'elsewhere', result: other },
      ],
      options,
    );
    expect(page).toContain('<h3>new against base</h3>');
    expect(page).toMatch(
      /<th>ndcg@10<\/th><td>0\.583<\/td><td>0\.333<\/td><td>−0\.250<\/td>.*class="undecided">undecided/,
    );
    expect(page).toMatch(/<h3>elsewhere against base<\/h3><p class="note">[^<]*no question in common/);
  });

  it('shows what is to be known of a comparison', () => {
    const fewer = resultFile({ questions: 'sha256:9', perQuery: [query('q1', 0.5)] });
    const page = reportPage(
      [
        { name: 'base', result: good },
        { name: 'fewer', result: fewer },
      ],
      options,
    );
    expect(page).toContain('<p>2 questions stand in one result only; they were left out.</p>');
  });

  it('needs nothing else, and makes no markup of what documents and files say', () => {
    const attack = '"><img src=x onerror=alert(1)><script>';
    const hostile = resultFile({
      dataset: attack,
      perQuery: [
        query(attack, 0, {
          question: attack,
          status: attack,
          found: [{ id: attack, title: attack }],
          wanted: [{ id: `${attack}!`, title: attack, grade: 1, rank: null }],
        }),
        query('q2', 0.5),
      ],
    });
    const tagged = { ...hostile, metrics: { byTag: { [attack]: { [attack]: 1, cases: attack } } } };
    const page = reportPage(
      [
        { name: attack, result: tagged },
        { name: 'b', result: tagged },
      ],
      options,
    );
    expect(page).not.toMatch(/<script|<img|<link|<iframe|javascript:|\bsrc=x(?! onerror=alert\(1\)&gt;)/i);
    expect(page).not.toMatch(/(?:href|src)="|url\(|@import|https?:/);
    expect(page.match(/<section>/g)).toHaveLength(3);
    for (const tag of ['section', 'table', 'svg', 'ol', 'ul', 'li', 'p', 'div', 'details']) {
      const opened = page.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0;
      expect([tag, page.match(new RegExp(`</${tag}>`, 'g'))?.length ?? 0]).toEqual([tag, opened]);
    }
    expect(page).toContain('width=device-width');
    expect(page).toContain("default-src 'none'");
  });

  it('shows answers with the document that holds them, and tags with their numbers', () => {
    const asked = { containsAnswer: 0, f1: 0, isAnswerable: true, question: 'How long?' };
    const answers = resultFile({
      kind: 'answers',
      perQuery: [
        {
          ...asked,
          id: 'a',
          correct: 0,
          status: 'abstained',
          document: 'hr/leave.md',
          found: [{ id: 'hr/blog.md', title: '' }],
        },
        { ...asked, id: 'b', correct: 1, status: 'answered' },
      ],
    });
    const metrics = { byTag: { table: { cases: 2, correct: 0.5, containsAnswer: null } } };
    const page = reportPage([{ name: 'answers', result: { ...answers, metrics } }], options);
    expect(page).toContain('a; correct 0.000; abstained; the answer stands in hr/leave.md');
    expect(page).toContain('<b>hr/blog.md</b>');
    expect(page).toMatch(/<th>table<\/th><td>2<\/td><td>0\.500<\/td><td>–<\/td>/);
  });

  it('takes results that say little, as older ones do', () => {
    const bare = resultFile({ perQuery: [{ id: 'q1', 'ndcg@10': 0.5 }] });
    const page = reportPage([{ name: 'old', result: bare }], options);
    expect(page).toContain('Nothing was found.');
    expect(page).toContain('<td>0.500</td><td>–</td>');
  });
});

it('counts values in the parts of a range, its ends included', () => {
  expect(binCounts([0, 0.05, 0.1, 0.55, 1, 3], 0, 1, 10)).toEqual([2, 1, 0, 0, 0, 1, 0, 0, 0, 2]);
});
