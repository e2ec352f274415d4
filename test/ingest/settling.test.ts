import { describe, expect, it } from 'vitest';
import { SettlingChanges } from '../../ingest/settling.ts';

const settling = () => new SettlingChanges({ quietMs: 300, longestMs: 2_000 });
const taken = (changes: SettlingChanges, now: number) => Object.fromEntries(changes.take(now));

describe('SettlingChanges', () => {
  it('gives nothing before all has been quiet, then everything once', () => {
    const changes = settling();
    changes.add('docs', 'a.md', 1_000);
    changes.add('docs', 'b.md', 1_200);
    changes.add('wiki', '', 1_250);
    expect(changes.dueAt()).toBe(1_550);
    expect(taken(changes, 1_549)).toEqual({});
    expect(taken(changes, 1_550)).toEqual({ docs: ['a.md', 'b.md'], wiki: [''] });
    expect(changes.dueAt()).toBeUndefined();
    expect(changes.isEmpty).toBe(true);
  });

  it('does not let a file that is being written hold up the others for long', () => {
    const changes = settling();
    changes.add('docs', 'saved.md', 0);
    for (let now = 0; now <= 1_900; now += 100) changes.add('docs', 'download.pdf', now);
    expect(changes.dueAt()).toBe(2_000);
    expect(taken(changes, 2_000)).toEqual({ docs: ['saved.md'] });
    changes.add('docs', 'download.pdf', 2_100);
    expect(taken(changes, 2_200)).toEqual({});
    expect(taken(changes, 2_400)).toEqual({ docs: ['download.pdf'] });
  });

  it('looks at the whole source rather than remember endless paths', () => {
    const changes = settling();
    for (let index = 0; index <= 20_000; index++) changes.add('docs', `${index}.md`, 0);
    expect(taken(changes, 300)).toEqual({ docs: [''] });
  });
});
