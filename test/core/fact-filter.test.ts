import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PerseaError } from '../../src/core/errors.ts';
import { type FactFilter, factFilterOf, type SearchFilters } from '../../src/core/fact-filter.ts';

const day = 86_400_000;

describe('filters as people write them', () => {
  const cases: readonly (readonly [SearchFilters | undefined, FactFilter | undefined])[] = [
    [undefined, undefined],
    [{}, undefined],
    [{ source: 'handbook' }, { sources: ['handbook'] }],
    [
      { source: ['a', 'b'], uriPrefix: 'a/hr/' },
      { sources: ['a', 'b'], uriPrefix: 'a/hr/' },
    ],
    [{ mediaType: 'PDF' }, { mediaTypes: ['application/pdf'] }],
    [{ mediaType: ['text/*', 'mail'] }, { mediaTypes: ['text/', 'message/rfc822', 'application/mbox'] }],
    [
      { mediaType: 'application/vnd.oasis.opendocument.text' },
      { mediaTypes: ['application/vnd.oasis.opendocument.text'] },
    ],
    [{ language: ['DE', 'pt_BR'] }, { languages: ['de', 'pt-br'] }],
    [
      { since: '2026-02-03', until: '2026-02-03' },
      { fromMs: Date.UTC(2026, 1, 3), beforeMs: Date.UTC(2026, 1, 3) + day },
    ],
    [{ uriPrefix: 'a/Ko\u0308ln' }, { uriPrefix: 'a/K\u00f6ln' }],
  ];
  it.each(cases)('%j', (filters, expected) => {
    expect(factFilterOf(filters)).toEqual(expected);
  });

  const refused: readonly (readonly [object, string, RegExp])[] = [
    [{ sources: ['a'] }, 'sources', /unknown; there are source, uriPrefix, mediaType, language, since and until/],
    [{ source: '' }, 'source', /1 to 1000 characters/],
    [{ source: [] }, 'source', /list of 1 to 50/],
    [{ source: Array.from({ length: 51 }, () => 'a') }, 'source', /list of 1 to 50/],
    [{ source: [7] }, 'source', /must be text/],
    [{ uriPrefix: 'a'.repeat(1_001) }, 'uriPrefix', /1 to 1000 characters/],
    [{ uriPrefix: 'a\u0000b' }, 'uriPrefix', /control characters/],
    [{ uriPrefix: 'a\ud800' }, 'uriPrefix', /half a character/],
    [{ mediaType: 'pdff' }, 'mediaType', /such as application\/pdf or text\/\*, or one of pdf, docx/],
    [{ mediaType: 'constructor' }, 'mediaType', /such as application\/pdf/],
    [{ mediaType: "text/html' OR 1=1" }, 'mediaType', /such as/],
    [{ language: 'German language' }, 'language', /such as de or pt-BR/],
    [{ since: '2026-02-31' }, 'since', /a day such as/],
    [{ since: '2026' }, 'since', /a day such as/],
    [{ until: 'yesterday' }, 'until', /a day such as/],
    [{ since: '2026-02-04', until: '2026-02-03' }, 'since', /after until/],
  ];
  it.each(refused)('refuses %j', (filters, name, message) => {
    const attempt = () => factFilterOf(filters as SearchFilters);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'request-invalid', details: { field: `filters.${name}` } }),
    );
  });

  it('ends in a filter or in an error that names a field, whatever it is given', () => {
    const name = fc.constantFrom('source', 'uriPrefix', 'mediaType', 'language', 'since', 'until', 'x');
    fc.assert(
      fc.property(fc.dictionary(name, fc.anything()), (filters) => {
        try {
          factFilterOf(filters as SearchFilters);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(PerseaError);
          expect((thrown as PerseaError).code).toBe('request-invalid');
        }
      }),
    );
  });
});
