/** The files in which it is decided who sees what, with the tests that have to notice any change of them. */

export interface Target {
  readonly file: string;
  readonly tests: readonly string[];
}

export const targets: readonly Target[] = [
  { file: 'src/access/api-key.ts', tests: ['test/access/api-key.test.ts'] },
  { file: 'src/access/diff.ts', tests: ['test/access/diff.test.ts'] },
  { file: 'src/access/explain.ts', tests: ['test/access/explain.test.ts'] },
  { file: 'src/access/label.ts', tests: ['test/access/label.test.ts', 'test/property/labels.test.ts'] },
  { file: 'src/access/policy.ts', tests: ['test/access/policy.test.ts'] },
  { file: 'src/access/principal.ts', tests: ['test/access/policy.test.ts'] },
  { file: 'src/access/scope.ts', tests: ['test/access/scope.test.ts'] },
  { file: 'src/store/predicate.ts', tests: ['test/store/predicate.test.ts'] },
  { file: 'src/store/planner.ts', tests: ['test/store/planner.test.ts'] },
  {
    file: 'src/catalog/sqlite-documents.ts',
    tests: ['test/catalog/catalog.test.ts', 'test/catalog/scope.test.ts', 'test/catalog/sqlite.test.ts'],
  },
  {
    file: 'src/catalog/sqlite-duplicates.ts',
    tests: ['test/catalog/catalog.test.ts', 'test/catalog/scope.test.ts', 'test/catalog/sqlite.test.ts'],
  },
  { file: 'src/retrieval/recheck.ts', tests: ['test/retrieval/recheck.test.ts'] },
  { file: 'src/retrieval/expand.ts', tests: ['test/retrieval/expand.test.ts'] },
  { file: 'src/retrieval/present.ts', tests: ['test/retrieval/present.test.ts'] },
  { file: 'src/retrieval/visible-ranking.ts', tests: ['test/retrieval/visible-ranking.test.ts'] },
];
