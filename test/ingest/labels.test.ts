import { describe, expect, it } from 'vitest';
import { createLabeller, ownLabelOf, type SourceLabelling } from '../../ingest/labels.ts';
import { canonicalLabel, isMetBy } from '../../src/access/label.ts';
import { PerseaError } from '../../src/core/errors.ts';

const staff: SourceLabelling = {
  label: { anyOf: ['staff'] },
  rules: [
    { match: 'hr/**', label: { anyOf: ['hr'], classification: 'confidential' } },
    { match: 'hr/public/**', label: { anyOf: ['everyone'], classification: 'public' } },
  ],
  frontMatter: 'narrow',
};

describe('createLabeller', () => {
  it('lets the last matching rule replace the default, to close and to open', () => {
    const { labelOf } = createLabeller(staff, []);
    expect(labelOf('it/vpn.md', null)).toEqual(canonicalLabel({ anyOf: ['staff'] }));
    expect(labelOf('hr/pay.md', null)).toEqual(canonicalLabel({ anyOf: ['hr'], classification: 'confidential' }));
    expect(labelOf('hr/public/jobs.md', null)).toEqual(
      canonicalLabel({ anyOf: ['everyone'], classification: 'public' }),
    );
  });

  it.each([
    ['a line end in the name', 'hr/**', 'hr/pay\nbands.md'],
    ['a line end in the name of a folder', 'hr/**', 'hr/pay\u2028bands/all.md'],
    ['letters stored in parts, as some systems do', 'löhne/**', 'löhne/all.md'.normalize('NFD')],
    ['a rule written in parts', 'löhne/**'.normalize('NFD'), 'löhne/all.md'],
    ['brackets in the name', 'Staff (internal)/**', 'Staff (internal)/all.md'],
    ['a rule that begins at the root', '/hr/**', 'hr/all.md'],
    ['a rule that ends as folders do', 'hr/', 'hr/pay/all.md'],
    ['alternatives in brackets', '(hr|pay)/**', 'pay/all.md'],
    ['an exception in brackets', '!(it)/**', 'hr/all.md'],
  ])('closes by a rule whatever the name looks like: %s', (_name, match, path) => {
    const { labelOf } = createLabeller({ ...staff, rules: [{ match, label: { anyOf: ['hr'] } }] }, []);
    expect(labelOf(path, null)).toEqual(canonicalLabel({ anyOf: ['hr'] }));
    expect(labelOf('it/vpn.md', null)).toEqual(canonicalLabel({ anyOf: ['staff'] }));
  });

  it('tells the rules that match nothing', () => {
    const { unusedRules } = createLabeller({ ...staff, rules: [{ match: 'hr', label: {} }, ...staff.rules] }, []);
    expect(unusedRules(['hr/a.md', 'it/b.md'])).toEqual(['hr', 'hr/public/**']);
  });

  it('does not open a file by a link to it, neither against its rule nor against the label files above it', () => {
    const { labelOf } = createLabeller(staff, [{ directory: 'it', label: { anyOf: ['ops'] } }]);
    expect(labelOf('hr/public/pay.md', null, undefined, 'hr/pay.md')).toEqual({
      clauses: [['everyone'], ['hr']],
      classification: 'confidential',
    });
    expect(labelOf('vpn.md', null, undefined, 'it/vpn.md').clauses).toEqual([['ops'], ['staff']]);
    const { labelOf: withoutDefault } = createLabeller({ ...staff, label: undefined }, []);
    expect(() => withoutDefault('hr/vpn.md', null, undefined, 'it/vpn.md')).toThrow(
      expect.objectContaining({ code: 'no-label' }),
    );
  });

  it('narrows by the label files of all folders above and by the document itself', () => {
    const { labelOf } = createLabeller(staff, [
      { directory: '', label: { allOf: ['leeds'] } },
      { directory: 'it', label: { anyOf: ['it', 'ops'] } },
      { directory: 'other', label: { anyOf: ['nobody'] } },
    ]);
    const label = labelOf('it/vpn.md', { anyOf: ['oncall'], classification: 'confidential' });
    expect(label).toEqual({
      clauses: [['it', 'ops'], ['leeds'], ['oncall'], ['staff']],
      classification: 'confidential',
    });
  });

  it('never opens by front matter unless the configuration says that it replaces', () => {
    const own = { anyOf: ['everyone'], classification: 'public' } as const;
    const held = new Set(['everyone']);
    expect(isMetBy(createLabeller(staff, []).labelOf('hr/pay.md', own), held)).toBe(false);
    expect(createLabeller({ ...staff, frontMatter: 'ignore' }, []).labelOf('it/a.md', own)).toEqual(
      canonicalLabel({ anyOf: ['staff'] }),
    );
    const replacing = createLabeller({ ...staff, frontMatter: 'replace' }, []);
    expect(replacing.labelOf('hr/pay.md', own)).toEqual(canonicalLabel(own));
  });

  it('replaces nothing by a classification alone, which does not say who may see', () => {
    const { labelOf } = createLabeller({ ...staff, frontMatter: 'replace' }, []);
    expect(labelOf('it/a.md', { classification: 'confidential' })).toEqual(
      canonicalLabel({ anyOf: ['staff'], classification: 'confidential' }),
    );
  });

  it('takes what a source states in place of default and rules, and a classification alone beside them', () => {
    const folders = [{ directory: 'hr', label: { allOf: ['leeds'] } }];
    const { labelOf } = createLabeller(staff, folders);
    expect(labelOf('hr/pay.md', null, { anyOf: ['board'], classification: 'public' })).toEqual({
      clauses: [['board'], ['leeds']],
      classification: 'public',
    });
    expect(labelOf('it/vpn.md', null, { classification: 'confidential' })).toEqual(
      canonicalLabel({ anyOf: ['staff'], classification: 'confidential' }),
    );
    // It raises the classification of the rule, never lowers it.
    expect(labelOf('hr/pay.md', null, { classification: 'public' }).classification).toBe('confidential');
    expect(() => createLabeller({ ...staff, label: undefined, rules: [] }, []).labelOf('a', null, {})).toThrow(
      PerseaError,
    );
  });

  it('fails closed: no rule, no tags, or a label file that cannot be read', () => {
    const { label: _label, ...withoutDefault } = staff;
    expect(() => createLabeller(withoutDefault, []).labelOf('a.md', null)).toThrow(
      expect.objectContaining({ code: 'no-label' }),
    );
    const empty = createLabeller({ ...withoutDefault, label: { classification: 'public' } }, []);
    expect(() => empty.labelOf('a.md', null)).toThrow(expect.objectContaining({ code: 'no-label' }));
    const broken = createLabeller(staff, [{ directory: 'it', label: new PerseaError('label-invalid', 'broken') }]);
    expect(() => broken.labelOf('it/deep/a.md', null)).toThrow(expect.objectContaining({ code: 'label-invalid' }));
    expect(broken.labelOf('b.md', null)).toEqual(canonicalLabel({ anyOf: ['staff'] }));
  });
});

describe('ownLabelOf', () => {
  it('reads the access key of front matter', () => {
    expect(ownLabelOf({ title: 'A', access: { anyOf: ['hr'] } }, 'a.md')).toMatchObject({ anyOf: ['hr'] });
    expect(ownLabelOf({ Access: { anyOf: ['hr'] } }, 'a.md')).toMatchObject({ anyOf: ['hr'] });
    expect(ownLabelOf({ title: 'A', accessible: true }, 'a.md')).toBeNull();
    expect(ownLabelOf(null, 'a.md')).toBeNull();
  });

  it('refuses to choose where access is stated twice', () => {
    const frontMatter = { Access: { anyOf: ['staff'] }, access: { anyOf: ['hr'] } };
    expect(() => ownLabelOf(frontMatter, 'a.md')).toThrow(expect.objectContaining({ code: 'label-invalid' }));
  });

  it.each([
    [null],
    [{ anyof: ['hr'] }],
    ['hr'],
    [{ anyOf: 'hr' }],
    [{ anyOf: ['h r'] }],
    [{ classification: 'secret' }],
  ])('refuses %j, which would otherwise leave a document more open than meant', (access) => {
    expect(() => ownLabelOf({ access }, 'a.md')).toThrow(expect.objectContaining({ code: 'label-invalid' }));
  });

  it.each([{ anyOf: ['hr'] }, { title: 'A', allOf: ['hr'] }])(
    'refuses %j, whose rights stand where nobody looks for them',
    (frontMatter) => {
      expect(() => ownLabelOf(frontMatter, 'a.md')).toThrow(expect.objectContaining({ code: 'label-invalid' }));
    },
  );

  it.each([
    { acces: { anyOf: ['hr'] } },
    { title: 'A', Acess: 'hr' },
    { anyof: ['hr'] },
    { all_of: ['hr'] },
    { meta: { access: { anyOf: ['hr'] } } },
    { acl: { AnyOf: 'hr', classification: 'confidential' } },
    { access: { anyOf: ['staff'] }, pages: [{ title: 'A', label: { allof: ['hr'] } }] },
  ])('refuses what can only have been meant for it: %j', (frontMatter) => {
    expect(() => ownLabelOf(frontMatter, 'a.md')).toThrow(expect.objectContaining({ code: 'label-invalid' }));
  });

  it('passes over what is about something else', () => {
    const circle: Record<string, unknown> = { title: 'A' };
    circle.self = circle;
    const frontMatter = {
      accessed: '2026-01-01',
      alloy: 'steel',
      material: { alloy: 'steel' },
      process: 'a',
      params: { access: 'public', classification: 'internal' },
      schema: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      circle,
    };
    expect(ownLabelOf(frontMatter, 'a.md')).toBeNull();
  });
});
