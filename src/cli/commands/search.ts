/** `persea search`: retrieval alone. */
import type { SearchHit, SearchResult } from '../../query/search.ts';
import { type CommandContext, parseCount, scopeAs, withApp } from '../context.ts';
import type { Output } from '../output.ts';
import { placeOf } from '../render-answer.ts';
import { counted, oneLine, printable, shorten, wrap } from '../text.ts';

interface SearchOptions {
  readonly as: string;
  readonly topK?: string;
  readonly mode?: 'hybrid' | 'vector' | 'keyword';
  readonly explain?: boolean;
}

const maxSnippetLength = 300;

export async function search(context: CommandContext, options: SearchOptions, query: string): Promise<undefined> {
  const topK = parseCount(options.topK, '--top-k');
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
        },
        { isOperator: true },
      );
      for (const warning of result.warnings) output.warn(warning);
      output.result(result, () => renderHits(result, output));
    },
    { isWarm: needsModel },
  );
  return undefined;
}

function renderHits({ hits, ms }: SearchResult, output: Output): string {
  const found = `${hits.length === 0 ? 'Nothing found' : counted(hits.length, 'passage')} in ${Math.round(ms)} ms`;
  return [...hits.map((hit, index) => renderHit(hit, index + 1, output)), output.paint('dim', found)].join('\n\n');
}

function renderHit(hit: SearchHit, rank: number, output: Output): string {
  const label = `${rank}.`;
  const indent = ' '.repeat(label.length + 1);
  const lines = [
    `${output.paint('bold', label)} ${placeOf(hit)}  ${output.paint('cyan', hit.score.toFixed(2))}`,
    output.paint('dim', wrap(shorten(oneLine(hit.text), maxSnippetLength), output.columns, indent)),
  ];
  if (hit.duplicates !== undefined) {
    lines.push(`${indent}the same in ${hit.duplicates.map(({ uri }) => printable(uri)).join(', ')}`);
  }
  if (hit.parts !== undefined) {
    const parts = hit.parts.map(
      ({ source, rank: place, score }) => `${source}: rank ${place}, score ${score.toFixed(3)}`,
    );
    lines.push(`${indent}${parts.join(' · ')} · characters ${hit.start} to ${hit.end}`);
  }
  return lines.join('\n');
}
