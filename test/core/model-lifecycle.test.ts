import { describe, expect, it } from 'vitest';
import { type ModelLifecycle, modelState } from '../../src/core/model-lifecycle.ts';

const today = new Date('2027-01-31T12:00:00Z');

describe('modelState', () => {
  it.each<[string, Partial<ModelLifecycle>, boolean, RegExp | null]>([
    ['an active one', {}, true, null],
    ['a retired one', { status: 'retired', replacedBy: 'n' }, false, /"m" is retired and is not asked\. Use "n"/],
    ['a deprecated one', { status: 'deprecated', replacedBy: 'n' }, true, /"m" is deprecated\. Use "n" in its place/],
    ['one on its last day', { sunset: '2027-01-31' }, true, /asked until 2027-01-31 and no longer/],
    ['one past it', { sunset: '2027-01-30' }, false, /until 2027-01-30 and is not asked any more/],
    ['one whose end is far', { sunset: '2027-12-31' }, true, null],
    ['one to be looked at', { reviewBy: '2027-01-30' }, true, /look by 2027-01-30/],
    ['one looked at in time', { reviewBy: '2027-01-31' }, true, null],
  ])('%s', (_, facts, isUsable, note) => {
    const state = modelState({ id: 'm', status: 'active', ...facts }, today);
    expect(state.isUsable).toBe(isUsable);
    if (note === null) expect(state.notes).toEqual([]);
    else expect(state.notes.join(' ')).toMatch(note);
  });
});
