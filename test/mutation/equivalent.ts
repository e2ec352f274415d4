/** Changes that no test can notice, because the program still does the same; each with the reason. */

export interface Equivalent {
  readonly file: string;
  /** The code that is replaced, as it stands in the source, and what stands there instead. */
  readonly code: string;
  readonly replacement: string;
  readonly reason: string;
}

export const equivalents: readonly Equivalent[] = [
  {
    file: 'src/access/diff.ts',
    code: 'group[0] !== undefined && isChanged(group[0].label)',
    replacement: '(isChanged(group[0].label))',
    reason: 'A group has at least the document that made it; the condition is for the compiler.',
  },
  {
    file: 'src/access/label.ts',
    code: 'left < right',
    replacement: '(left <= right)',
    reason: 'Equal clauses were left out before the sort.',
  },
  {
    file: 'src/access/label.ts',
    code: 'if (known !== undefined) return known;',
    replacement: '{}',
    reason: 'Only saves hashing the same label again.',
  },
  {
    file: 'src/access/label.ts',
    code: 'knownIds.set(label, id);',
    replacement: '{}',
    reason: 'Only saves hashing the same label again.',
  },
  {
    file: 'src/access/policy.ts',
    code: "'custom'",
    replacement: "''",
    reason: 'Names the kind of an issue, which no message shows.',
  },
  {
    file: 'src/store/predicate.ts',
    code: `value.replaceAll("'", "''")`,
    replacement: 'value',
    reason: 'A second line: ids with a quote were refused a line before.',
  },
  {
    file: 'src/store/predicate.ts',
    code: `"''"`,
    replacement: "''",
    reason: 'A second line: ids with a quote were refused a line before.',
  },
  {
    file: 'src/store/predicate.ts',
    code: 'labelConditions.set(scope, condition);',
    replacement: '{}',
    reason: 'Only saves making the same list again.',
  },
  {
    file: 'src/store/predicate.ts',
    code: 'documentConditions.set(documents, condition);',
    replacement: '{}',
    reason: 'Only saves making the same list again.',
  },
  {
    file: 'src/catalog/sqlite-documents.ts',
    code: 'this.#labels.set(row.label_id, label);',
    replacement: '{}',
    reason: 'Only saves parsing the same row again.',
  },
  {
    file: 'src/catalog/sqlite-documents.ts',
    code: 'visible.filter((row) => known(row) === undefined)',
    replacement: 'visible',
    reason: 'Only saves reading known rows again.',
  },
  {
    file: 'src/catalog/sqlite-documents.ts',
    code: 'labelIdLists.set(scope, labelIds);',
    replacement: '{}',
    reason: 'Only saves making the same list again.',
  },
  {
    file: 'src/catalog/sqlite-documents.ts',
    code: 'a.value < b.value',
    replacement: '(a.value <= b.value)',
    reason: 'Values are the keys of a map: no two are equal.',
  },
  {
    file: 'src/catalog/sqlite-documents.ts',
    code: "'IS TRUE'",
    replacement: "''",
    reason: 'A condition that is neither true nor false chooses no row either way; it stands beside IS NOT TRUE.',
  },
  {
    file: 'src/catalog/sqlite-duplicates.ts',
    code: 'if (known !== undefined && signature !== null && isSame(signatureOfRow(known), signature)) return;',
    replacement: '{}',
    reason: 'Only saves writing the same signature again.',
  },
  {
    file: 'src/catalog/sqlite-duplicates.ts',
    code: 'next !== undefined && members.size <= maxMembers',
    replacement: '(next !== undefined)',
    reason: 'Only ends the walk early; the list is cut at its end.',
  },
  {
    file: 'src/catalog/sqlite-duplicates.ts',
    code: 'members.size <= maxMembers',
    replacement: '(members.size < maxMembers)',
    reason: 'Only ends the walk early; the list is cut at its end.',
  },
  {
    file: 'src/catalog/sqlite-duplicates.ts',
    code: 'a.length === b.length',
    replacement: '(a.length !== b.length)',
    reason: 'Only saves writing the same signature again.',
  },
  {
    file: 'src/catalog/sqlite-duplicates.ts',
    code: 'a.length === b.length && a.every((value, index) => value === b[index])',
    replacement: '(a.every((value, index) => value === b[index]))',
    reason: 'All signatures have the same length.',
  },
];
