/** What Persea itself reads and writes: none of it is a document, though a source may hold it. */
import type { Config } from '../config.ts';

/** The data folder, the configuration and the policy, manifests, and files of keys and of names to hide; absolute, there or not. */
export function ownPathsOf({ path, access, dataDir, sources, embedding, models, redact }: Config): readonly string[] {
  const connections = [embedding, ...models].filter((entry) => 'headers' in entry);
  const keyFiles = connections.flatMap(({ apiKeyFile, headers, query }) => [
    apiKeyFile,
    ...[...Object.values(headers), ...Object.values(query)].map((value) =>
      typeof value === 'object' && 'file' in value ? value.file : undefined,
    ),
  ]);
  const manifests = sources.filter(({ type }) => type === 'manifest').map((source) => source.path);
  return [path ?? undefined, access.path, dataDir, redact.namesFile, ...manifests, ...keyFiles].filter(
    (own) => own !== undefined,
  );
}
