/** Conditions on what a document is, for statements over `documents d`. Values are always bound, never part of the text. */
import type { FactFilter } from '../core/fact-filter.ts';
import type { SqlParameters } from './sqlite-connection.ts';

/** Tags as their documents state them: `de_AT` is taken for `de-at`. */
export const languageSql = `lower(replace(json_extract(d.properties, '$.language'), '_', '-'))`;

const ownDate = `json_extract(d.properties, '$.date')`;
/**
 * Milliseconds since the epoch, or null. The document's own date counts before the file's. What is not a whole day is left out,
 * because SQLite would take a mere year for a day number.
 */
export const dateSql = `COALESCE(
  CASE WHEN ${ownDate} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' THEN unixepoch(${ownDate}) * 1000 END,
  d.modified_at)`;

/** Null for a document of which a fact is not known; `IS NOT TRUE` is its complement. */
export function factCondition(filter: FactFilter): { readonly condition: string; readonly parameters: SqlParameters } {
  const conditions: string[] = ['TRUE'];
  const parameters: Record<string, string | number> = {};
  const { sources, uriPrefix, mediaTypes, languages, fromMs, beforeMs } = filter;
  if (sources !== undefined) {
    conditions.push('d.source IN (SELECT value FROM json_each(:factSources))');
    parameters.factSources = JSON.stringify(sources);
  }
  if (uriPrefix !== undefined) {
    conditions.push('d.uri >= :factUriPrefix AND substr(d.uri, 1, length(:factUriPrefix)) = :factUriPrefix');
    parameters.factUriPrefix = uriPrefix;
  }
  if (mediaTypes !== undefined) {
    conditions.push(`EXISTS (SELECT 1 FROM json_each(:factMediaTypes) t WHERE d.media_type = t.value
      OR (t.value LIKE '%/' AND substr(d.media_type, 1, length(t.value)) = t.value))`);
    parameters.factMediaTypes = JSON.stringify(mediaTypes);
  }
  if (languages !== undefined) {
    conditions.push(`EXISTS (SELECT 1 FROM json_each(:factLanguages) t WHERE ${languageSql} = t.value
      OR substr(${languageSql}, 1, length(t.value) + 1) = t.value || '-')`);
    parameters.factLanguages = JSON.stringify(languages);
  }
  if (fromMs !== undefined) {
    conditions.push(`${dateSql} >= :factFrom`);
    parameters.factFrom = fromMs;
  }
  if (beforeMs !== undefined) {
    conditions.push(`${dateSql} < :factBefore`);
    parameters.factBefore = beforeMs;
  }
  return { condition: conditions.join(' AND '), parameters };
}
