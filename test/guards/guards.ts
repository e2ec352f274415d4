/** The guards between a person and what that person may not see, each with the code that is it and the tests that hold it. */

export interface Guard {
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly code: string;
  /** What stands there instead when the guard is taken out. */
  readonly without: string;
  readonly tests: readonly string[];
}

export const guards: readonly Guard[] = [
  {
    name: 'label: a label without clauses opens to nobody',
    file: 'src/access/label.ts',
    code: 'label.clauses.length > 0 && label',
    without: 'label',
    tests: ['test/access/label.test.ts'],
  },
  {
    name: 'label: narrowing never opens what nobody may see',
    file: 'src/access/label.ts',
    code: 'if (label.clauses.length === 0) return { clauses: [], classification };',
    without: '',
    tests: ['test/access/label.test.ts', 'test/property/labels.test.ts'],
  },
  {
    name: 'scope: a look-alike is refused',
    file: 'src/access/scope.ts',
    code: 'if (!genuineScopes.has(scope)) {',
    without: 'if (scope === undefined) {',
    tests: ['test/access/scope.test.ts'],
  },
  {
    name: 'scope: raw scores are for operators and developers',
    file: 'src/access/scope.ts',
    code: "return scope.subject.kind === 'system' || scope.subject.roles.includes('developer');",
    without: 'return scope.subject !== undefined;',
    tests: ['test/access/scope.test.ts', 'test/http/server.test.ts'],
  },
  {
    name: 'store: the predicate in the query',
    file: 'src/store/predicate.ts',
    code: "labels === 'all' ? undefined :",
    without: 'labels !== null ? undefined :',
    tests: ['test/access/stale-index.test.ts'],
  },
  {
    name: 'store: the re-check of each row',
    file: 'src/store/lancedb.ts',
    code: 'rows.filter((row) => labelIds.has(labelIdOf(row)))',
    without: 'rows.filter((row) => labelIdOf(row) !== undefined)',
    tests: ['test/access/stale-index.test.ts'],
  },
  {
    name: 'catalogue: the scope in the statement',
    file: 'src/catalog/sqlite-documents.ts',
    code: "condition: 'd.label_id IN (SELECT value FROM json_each(:labelIds))',",
    without: "condition: ':labelIds IS NOT NULL',",
    tests: ['test/catalog'],
  },
  {
    name: 'catalogue: the decision on each document',
    file: 'src/catalog/sqlite-documents.ts',
    code: '.filter((record) => scope.permits(record.label))',
    without: '',
    tests: ['test/catalog'],
  },
  {
    name: 'catalogue: the decision on each text',
    file: 'src/catalog/sqlite-documents.ts',
    code: 'if (row === undefined || !scope.permits(this.#label(row))) return undefined;',
    without: 'if (row === undefined) return undefined;',
    tests: ['test/catalog'],
  },
  {
    name: 'catalogue: the decision on each count',
    file: 'src/catalog/sqlite-documents.ts',
    code: '(scope.permits(this.#label(row)) ? sum + row.count : sum)',
    without: 'sum + row.count',
    tests: ['test/catalog'],
  },
  {
    name: 'catalogue: the decision on each id of a selection',
    file: 'src/catalog/sqlite-documents.ts',
    code: 'rows.filter((row) => scope.permits(this.#label(row)))',
    without: 'rows',
    tests: ['test/catalog'],
  },
  {
    name: 'catalogue: the decision on what is counted by kind',
    file: 'src/catalog/sqlite-documents.ts',
    code: 'if (scope.permits(this.#label(row))) counts',
    without: 'counts',
    tests: ['test/catalog'],
  },
  {
    name: 'retrieval: the catalogue’s word on visibility',
    file: 'src/retrieval/recheck.ts',
    code: "if (document === undefined || !scope.permits(document.label)) return 'absent';",
    without: "if (document === undefined) return 'absent';",
    tests: ['test/retrieval'],
  },
  {
    name: 'retrieval: the catalogue’s word on the revision',
    file: 'src/retrieval/recheck.ts',
    code: "if (document.revision !== chunk.revision) return 'revision';",
    without: '',
    tests: ['test/retrieval'],
  },
  {
    name: 'retrieval: the catalogue’s word on the label',
    file: 'src/retrieval/recheck.ts',
    code: "return document.labelId === chunk.labelId ? null : 'label';",
    without: 'return null;',
    tests: ['test/retrieval'],
  },
  {
    name: 'context: neighbours only of the same revision and label',
    file: 'src/retrieval/expand.ts',
    code: '.filter((chunk) => belongsTo(chunk, passage.chunk))',
    without: '',
    tests: ['test/retrieval/expand.test.ts'],
  },
  {
    name: 'context: a document withdrawn since its retrieval is left out',
    file: 'src/query/pack.ts',
    code: 'expanded.filter(({ passage }) => texts.has(passage.chunk.documentId))',
    without: 'expanded.slice()',
    tests: ['test/query'],
  },
  {
    name: 'egress: a model gets only the passages that may reach it',
    file: 'src/query/route.ts',
    code: 'passages: allowed, withheld: [...withheld, ...omitted]',
    without: 'passages, withheld: [...withheld, ...omitted]',
    tests: ['test/query/ask.test.ts'],
  },
  {
    name: 'egress: a model refuses a prompt that may not reach its zone',
    file: 'src/egress/sealed-prompt.ts',
    code: 'if (prompt.mayReach(model.zone)) return;',
    without: 'if (prompt.mayReach(model.zone) || model.id !== undefined) return;',
    tests: ['test/llm', 'test/egress'],
  },
  {
    name: 'egress: a model refuses a prompt that nobody sealed',
    file: 'src/egress/sealed-prompt.ts',
    code: '!(prompt instanceof SealedPrompt) || ',
    without: '',
    tests: ['test/llm', 'test/egress'],
  },
  {
    name: 'egress: a model refuses a window that the seal says nothing of',
    file: 'src/egress/sealed-prompt.ts',
    code: ' || !window.items.every((item) => prompt.covers(item))',
    without: '',
    tests: ['test/llm', 'test/egress'],
  },
  {
    name: 'egress: an embedder gets only what may reach its zone',
    file: 'src/egress/guarded-embedder.ts',
    code: 'if (this.mayEmbed(contents)) return;',
    without: 'if (this.mayEmbed(contents) || this.zone !== undefined) return;',
    tests: ['test/egress'],
  },
  {
    name: 'citation: the quote is the text at its offsets',
    file: 'src/answer/citations.ts',
    code: 'quote: item.text.slice(span.start, span.end),',
    without: 'quote: item.text,',
    tests: ['test/answer', 'test/property/answer-stream.test.ts'],
  },
  {
    name: 'citation: what no passage supports is not shown',
    file: 'src/answer/answer-stream.ts',
    code: "if (check.support === 'none') {",
    without: "if (check.support === 'none' && sentence.text === '') {",
    tests: ['test/answer', 'test/property/answer-stream.test.ts'],
  },
  {
    name: 'HTTP: facts of a document under the caller’s scope',
    file: 'src/http/routes/documents.ts',
    code: 'const scope = await app.scopeFor(principal);',
    without: "const scope = (await import('../../access/scope.ts')).systemScope('guard test');",
    tests: ['test/http/server.test.ts'],
  },
  {
    name: 'HTTP: content of a document under the caller’s scope',
    file: 'src/http/routes/documents.ts',
    code: 'const scope = await app.scopeFor(callerOf(request).principal);',
    without: "const scope = (await import('../../access/scope.ts')).systemScope(callerOf(request).keyId);",
    tests: ['test/http/server.test.ts'],
  },
  {
    name: 'HTTP: the role of the route',
    file: 'src/http/caller.ts',
    code: 'if (role === undefined || !principal.roles.includes(role)) {',
    without: 'if (role === undefined) {',
    tests: ['test/http/server.test.ts'],
  },
  {
    name: 'ingest: front matter never opens',
    file: 'ingest/labels.ts',
    code: "ownLabel === null || source.frontMatter === 'ignore' ? label : narrowLabel(label, ownLabel)",
    without: "ownLabel === null || source.frontMatter === 'ignore' ? label : canonicalLabel(ownLabel)",
    tests: ['test/ingest/labels.test.ts'],
  },
  {
    name: 'ingest: an unreadable label file closes its folder',
    file: 'ingest/labels.ts',
    code: 'if (folder instanceof PerseaError) throw folder;',
    without: 'if (folder instanceof PerseaError) continue;',
    tests: ['test/ingest/labels.test.ts'],
  },
];
