/** `persea search`: retrieval alone. */
import { counted } from '../../core/counts.ts';
import type { SearchHit, SearchResult } from '../../query/search.ts';
import { type CommandContext, parseCount, scopeAs, warnOfEmptyStore, withApp } from '../context.ts';
import { type FilterOptions, filtersOf } from '../filter-options.ts';
import type { Output } from '../output.ts';
import { placeOf } from '../render-answer.ts';
import { alignedTable, oneLine, printable, printableName, shorten, wrap } from '../text.ts';

export interface SearchCommandOptions extends FilterOptions {
  readonly as: string;
  readonly topK?: string;
  readonly mode?: 'hybrid' | 'vector' | 'keyword';
  readonly explain?: boolean;
  readonly facets?: boolean;
}

const maxSnippetLength = 300;

export async function search(
  context: CommandContext,
  options: SearchCommandOptions,
  query: string,
): Promise<undefined> {
  const topK = parseCount(options.topK, '--top-k');
  const filters = filtersOf(options);
  const { output } = context;
  const needsModel = options.mode !== 'keyword';
  await withApp(
    context,
    async (app) => {
      const scope = await scopeAs(app, options.as);
      const result = await app.search(
        scope,
        {
          query,
          ...(topK === undefined ? {} : { topK }),
          ...(options.mode === undefined ? {} : { mode: options.mode }),
          ...(options.explain === undefined ? {} : { explain: options.explain }),
          ...(options.facets === undefined ? {} : { facets: options.facets }),
          ...(filters === undefined ? {} : { filters }),
        },
        { isOperator: true },
      );
      for (const warning of result.warnings) output.warn(warning);
      if (result.hits.length === 0) await warnOfEmptyStore(app, output);
      output.result(result, () => renderHits(result, output));
    },
    { isWarm: needsModel },
  );
  return undefined;
}

function renderHits({ hits, ms, facets, explanation }: SearchResult, output: Output): string {
  const found = `${hits.length === 0 ? 'Nothing found' : counted(hits.length, 'passage')} in ${Math.round(ms)} ms`;
  return [
    ...hits.map((hit, index) => renderHit(hit, index + 1, output)),
    ...(facets === undefined ? [] : [renderFacets(facets)]),
    ...(explanation === undefined ? [] : [renderExplanation(explanation)]),
    output.paint('dim', found),
  ].join('\n\n');
}

function renderExplanation(explanation: NonNullable<SearchResult['explanation']>): string {
  const { mode, denseWeight, vectorRows, keywordRows, smoothing, hasNearness, hasCandidateWords } = explanation;
  const dropped = explanation.dropped.map(
    ({ reason, passages, uris }) =>
      `${passages} ${reason}${uris.length === 0 ? '' : ` (${printable(uris.join(', '))})`}`,
  );
  return alignedTable([
    ['mode', `${mode}, weight of vectors ${denseWeight.toFixed(2)}, of keywords ${(1 - denseWeight).toFixed(2)}`],
    [
      'found',
      `${vectorRows} by vector, ${keywordRows} by ${explanation.hasSimilarWords ? 'similar words' : 'keyword'}`,
    ],
    ['exact', explanation.exactTerms.map(printable).join(', ') || 'nothing asked for literally'],
    ['words', hasCandidateWords ? 'counted over what was found, too' : 'counted by the index alone'],
    ['nearness', hasNearness ? 'of words that stand beside each other in the question' : 'switched off'],
    ['smoothing', smoothing === null ? 'none' : `${smoothing.neighbours} neighbours, share ${smoothing.share}`],
    ['dropped', dropped.join('; ') || 'nothing'],
  ]);
}

function renderFacets(facets: NonNullable<SearchResult['facets']>): string {
  const names = { source: 'sources', mediaType: 'types', language: 'languages', year: 'years' } as const;
  const rows = (Object.keys(names) as (keyof typeof names)[]).map((name) => [
    names[name],
    facets[name].map(({ value, count }) => `${printable(value)} (${count})`).join(', ') || 'none known',
  ]);
  return alignedTable(rows);
}

function renderHit(hit: SearchHit, rank: number, output: Output): string {
  const label = `${rank}.`;
  const indent = ' '.repeat(label.length + 1);
  const lines = [
    `${output.paint('bold', label)} ${placeOf(hit)}  ${output.paint('cyan', hit.score.toFixed(2))}`,
    output.paint('dim', wrap(shorten(oneLine(hit.text), maxSnippetLength), output.columns, indent)),
  ];
  if (hit.duplicates !== undefined) {
    lines.push(`${indent}the same in ${hit.duplicates.map(({ uri }) => printableName(uri)).join(', ')}`);
  }
  if (hit.parts !== undefined) {
    const parts = hit.parts.map(
      ({ source, rank: place, score, scaled, weight }) =>
        `${source}: rank ${place}, score ${score.toFixed(3)}` +
        (scaled === undefined ? '' : `, scaled ${scaled.toFixed(3)}`) +
        (weight === undefined ? '' : `, weight ${weight.toFixed(2)}`),
    );
    lines.push(`${indent}${parts.join(' · ')} · characters ${hit.start} to ${hit.end}`);
  }
  return lines.join('\n');
}
