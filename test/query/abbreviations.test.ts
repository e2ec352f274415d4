import { describe, expect, it } from 'vitest';
import { openIngestedApp } from '../support/test-app.ts';

const documents = {
  'glossary.md':
    '# Short forms\n\n| Short | Long |\n| --- | --- |\n| PIP | performance improvement plan |\n| LOA | leave of absence |\n',
  'growth.md': '# Growth\n\nA PIP lasts 90 days and is agreed in writing.\n',
  'leave.md': '# Leave\n\nA leave of absence is granted for six months at most.\n',
  'hr/plans.md': '# Plans\n\nThe Zanzibar relocation fund (ZRF) pays for moving.\n',
};

describe.each([[undefined], [null]])('an abbreviation that a document spells out (embedder %s)', (embedder) => {
  const asked = async (id: string, question: string) => {
    const { app } = await openIngestedApp({
      documents,
      rules: '[{ match: "hr/**", label: { anyOf: [hr] } }]',
      ...(embedder === null ? { embedder } : {}),
    });
    return app.ask(await app.scopeFor(app.principal(id)), { question });
  };

  it('and its long form ask the same', async () => {
    const long = await asked('bob', 'How long does a performance improvement plan last?');
    expect(long.citations[0]?.quote).toBe('A PIP lasts 90 days and is agreed in writing.');
    const short = await asked('bob', 'How long is an LOA granted?');
    expect(short.citations[0]?.quote).toBe('A leave of absence is granted for six months at most.');
    expect([...long.warnings, ...short.warnings].filter((warning) => warning.includes('read as'))).toEqual([]);
  });

  it('says nothing to whoever may not see that document', async () => {
    const [alice, bob] = [await asked('alice', 'What is the ZRF?'), await asked('bob', 'What is the ZRF?')];
    expect(alice.citations[0]?.quote).toContain('Zanzibar');
    expect(JSON.stringify(bob)).not.toContain('Zanzibar');
  });
});
