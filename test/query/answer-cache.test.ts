import { describe, expect, it } from 'vitest';
import type { ResolvedAnswer } from '../../src/answer/answer-stream.ts';
import { AnswerCache, type AnswerCacheRequest } from '../../src/query/answer-cache.ts';
import { windowOf } from '../support/context-window.ts';
import { ManualClock } from '../support/manual-clock.ts';

const spent = { inputTokens: 100, outputTokens: 10, costUsd: 0.01 };

function requestOf(fields: Partial<AnswerCacheRequest> = {}, text = 'Leave is 26 weeks.'): AnswerCacheRequest {
  return {
    question: 'How long is leave?',
    prompt: { id: 'answer', version: '1', hash: 'sha256:a', system: 'Rules.', user: text },
    window: windowOf([{ documentId: 'leave', text }]),
    policy: 'remove',
    model: { id: 'main', provider: 'fake', zone: 'local' },
    parameters: '{"temperature":0}',
    ...fields,
  };
}

function answerOf(text: string, status: ResolvedAnswer['status'] = 'answered'): ResolvedAnswer {
  const reason = status === 'answered' ? null : 'unsupported-claims';
  return { status, reason, text, citations: [], claims: [], droppedClaims: [], warnings: [] };
}

function open(entries = 10, maxAgeMs = 1_000) {
  const clock = new ManualClock(0);
  const cache = new AnswerCache(() => ({ entries, maxAgeMs }), clock);
  const keep = (request: AnswerCacheRequest, text = 'yes') =>
    cache.keep(request, { sentences: [], answer: answerOf(text), spent });
  return { cache, clock, keep };
}

describe('the answer cache', () => {
  it('finds an answer again for the same request, and counts what that spares', () => {
    const { cache, keep } = open();
    keep(requestOf());
    expect(cache.find(requestOf())).toMatchObject({ answer: { text: 'yes' }, model: { id: 'main' }, madeAt: 0 });
    expect(cache.savings()).toEqual({ hits: 1, ...spent });
  });

  const prompt = requestOf().prompt;
  const [item] = requestOf().window.items;
  if (item === undefined) throw new Error('The window is empty.');
  const windowWith = (change: object) => ({ ...requestOf().window, items: [{ ...item, ...change }] });

  it.each<[string, Partial<AnswerCacheRequest>]>([
    ['another question', { question: 'How long is leave in Leeds?' }],
    ['another prompt', { prompt: { ...prompt, hash: 'sha256:b' } }],
    ['another conversation', { prompt: { ...prompt, user: `Earlier: hello. ${prompt.user}` } }],
    ['another model', { model: { id: 'other', provider: 'fake', zone: 'local' } }],
    ['other parameters', { parameters: '{"temperature":1}' }],
    ['another format', { window: { ...requestOf().window, format: 'xml' } }],
    ['another policy', { policy: 'mark' }],
    ['another text', { window: windowWith({ text: 'Leave is 27 weeks.' }) }],
    ['a moved document', { window: windowWith({ uri: 'source/moved.md' }) }],
    ['another date', { window: windowWith({ date: 1 }) }],
    ['one passage less', { window: { ...requestOf().window, items: [] } }],
  ])('finds nothing for %s', (_, change) => {
    const { cache, keep } = open();
    keep(requestOf());
    expect(cache.find(requestOf(change))).toBeUndefined();
  });

  it('does not look at scores, which move with documents that nobody may know of', () => {
    const { cache, keep } = open();
    keep(requestOf());
    expect(cache.find(requestOf({ window: windowWith({ score: 0.123 }) }))).toBeDefined();
  });

  it('finds the latest answer of the same evidence, whatever the model and the prompt', () => {
    const { cache, keep } = open();
    keep(requestOf(), 'first');
    keep(requestOf({ model: { id: 'other', provider: 'fake', zone: 'local' } }), 'second');
    const wanted = requestOf({ prompt: { ...prompt, hash: 'sha256:b' }, parameters: '' });
    expect(cache.findSameEvidence(wanted)?.answer.text).toBe('second');
    expect(cache.findSameEvidence({ ...wanted, window: windowWith({ text: 'x' }) })).toBeUndefined();
  });

  it('keeps nothing but answers', () => {
    const { cache } = open();
    cache.keep(requestOf(), { sentences: [], answer: answerOf('', 'abstained'), spent });
    expect(cache.find(requestOf())).toBeUndefined();
  });

  it('forgets what is too old, what is used least, and what is too large', () => {
    const { cache, clock, keep } = open(2);
    const [a, b, c] = ['a', 'b', 'c'].map((question) => requestOf({ question }));
    if (a === undefined || b === undefined || c === undefined) throw new Error('no requests');
    keep(a);
    keep(b);
    cache.find(a);
    keep(c);
    expect([a, b, c].map((request) => cache.find(request) !== undefined)).toEqual([true, false, true]);
    clock.sleep(1_001);
    expect(cache.find(a)).toBeUndefined();
    expect(cache.findSameEvidence(c)).toBeUndefined();
    keep(a, 'x'.repeat(600_000));
    expect(cache.find(a)).toBeUndefined();
  });

  it('keeps nothing where it is switched off', () => {
    const { cache, keep } = open(0);
    keep(requestOf());
    expect(cache.find(requestOf())).toBeUndefined();
  });

  it('gives nothing again once it is switched off', () => {
    let entries = 10;
    const cache = new AnswerCache(() => ({ entries, maxAgeMs: 1_000 }), new ManualClock(0));
    cache.keep(requestOf(), { sentences: [], answer: answerOf('yes'), spent });
    entries = 0;
    expect(cache.findSameEvidence(requestOf())).toBeUndefined();
    entries = 10;
    expect(cache.find(requestOf())).toBeUndefined();
  });
});
