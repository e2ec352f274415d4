import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes, httpStatusByKind } from '../../src/core/error-codes.ts';
import { PerseaError, toPerseaError } from '../../src/core/errors.ts';
import { errorDocsPath, renderErrorDocs } from '../support/error-docs.ts';

describe('error codes', () => {
  it('are all in docs/errors.md, with their kind, meaning and remedy', () => {
    expect(readFileSync(errorDocsPath, 'utf8')).toBe(renderErrorDocs());
  });

  it('are all thrown or returned somewhere', () => {
    const sources = globSync(['src/**/*.ts', 'ingest/**/*.ts']).filter((file) => !file.endsWith('core/error-codes.ts'));
    const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
    expect(Object.keys(errorCodes).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  it('map every kind to one status', () => {
    for (const { kind } of Object.values(errorCodes)) expect(httpStatusByKind[kind]).toBeGreaterThanOrEqual(400);
  });
});

describe('toPerseaError', () => {
  it('passes its own kind through and hides the text of what it did not expect', () => {
    const known = new PerseaError('no-label', 'x');
    expect(toPerseaError(known)).toBe(known);
    const wrapped = toPerseaError(new Error('password=secret'));
    expect(wrapped.code).toBe('internal');
    expect(wrapped.message).not.toContain('secret');
    expect(wrapped.cause).toBeInstanceOf(Error);
    expect(toPerseaError(new DOMException('stop', 'AbortError')).code).toBe('aborted');
  });
});
