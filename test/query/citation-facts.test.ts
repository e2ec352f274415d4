import { describe, expect, it } from 'vitest';
import { systemScope } from '../../src/access/scope.ts';
import { makePptx, textShape } from '../support/office-files.ts';
import { openTestApp } from '../support/test-app.ts';

const leave = 'Parental leave is 26 weeks at full pay.';
const question = 'How many weeks is parental leave?';
const cases: readonly (readonly [string, string, string | Uint8Array, Readonly<Record<string, unknown>>, RegExp])[] = [
  [
    'front matter',
    'leave.md',
    `---\ndate: 2026-02-03\nowner: People team\nurl: https://intranet.example/leave\n---\n# Leave\n\n${leave}\n`,
    { date: '2026-02-03', owner: 'People team', url: 'https://intranet.example/leave' },
    /^source: docs\/leave\.md, 2026-02-03, owner People team$/m,
  ],
  [
    'front matter whose address a browser would run',
    'leave.md',
    `---\ndate: 2026-02-03\nurl: javascript:alert(1)\n---\n# Leave\n\n${leave}\n`,
    { date: '2026-02-03' },
    /^source: docs\/leave\.md, 2026-02-03$/m,
  ],
  [
    'the headers of an e-mail',
    'leave.eml',
    `From: Ann <ann@example.com>\r\nSubject: Leave\r\nDate: Tue, 03 Feb 2026 10:00:00 +0000\r\n\r\n${leave}\r\n`,
    { date: '2026-02-03' },
    /^source: docs\/leave\.eml, 2026-02-03$/m,
  ],
  [
    'slides',
    'leave.pptx',
    makePptx([
      { shapes: textShape('title', 'Welcome') + textShape('body', 'Nothing of interest stands on this slide.') },
      { shapes: textShape('title', 'Leave') + textShape('body', leave) },
    ]),
    { locator: { kind: 'slide', number: 2, name: 'Leave' } },
    /^source: docs\/leave\.pptx, slide \d/m,
  ],
  [
    'a transcript',
    'leave.vtt',
    `WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Ann>Welcome to all of you.\n\n00:01:05.000 --> 00:01:09.000\n<v Ben>${leave}\n`,
    { locator: { kind: 'time', seconds: expect.any(Number) } },
    /^source: docs\/leave\.vtt, at 0:0/m,
  ],
];

describe('what a citation says of its document', () => {
  it.each(cases)('comes from %s', async (_, name, content, facts, line) => {
    const { app, ingest } = await openTestApp({ documents: { [name]: content } });
    expect(await ingest()).toMatchObject({ added: 1, quarantined: [] });
    const scope = await app.scopeFor(app.principal('bob'));
    const answer = await app.ask(scope, { question, includeContext: true });
    expect(answer.status).toBe('answered');
    expect(answer.citations[0]).toMatchObject(facts);
    expect(answer.citations[0]?.url).toBe(facts.url);
    expect(answer.context.text).toMatch(line);
    const { date, owner, url } = facts;
    const { hits } = await app.search(systemScope('test'), { query: 'parental leave' });
    expect(hits.find(({ uri }) => uri === `docs/${name}`)).toMatchObject({
      ...(date === undefined ? {} : { date }),
      ...(owner === undefined ? {} : { owner }),
      ...(url === undefined ? {} : { url }),
    });
  });
});
