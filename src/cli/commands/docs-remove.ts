/** `persea docs remove`: out of every search at once, and with `--purge` out of every file of the data folder. */
import { systemScope } from '../../access/scope.ts';
import type { App } from '../../app.ts';
import { counted } from '../../core/counts.ts';
import { canarySource } from '../../core/canary.ts';
import { PerseaError } from '../../core/errors.ts';
import { type CommandContext, withApp, withInterrupt } from '../context.ts';
import { ingestProgress } from '../progress.ts';
import { printable, printableName } from '../text.ts';
import { documentAt, fileAt } from './docs.ts';

interface RemoveOptions {
  readonly source?: string;
  readonly purge?: boolean;
  readonly restore?: boolean;
}

const scope = systemScope('persea docs remove');

export async function removeDocuments(
  context: CommandContext,
  options: RemoveOptions,
  uri: string | undefined,
): Promise<undefined> {
  const { source, purge = false, restore = false } = options;
  if ((uri === undefined) === (source === undefined)) {
    throw new PerseaError('usage-invalid', 'Name either the uri of one document or a source by --source NAME.');
  }
  if (restore && (purge || uri === undefined)) {
    throw new PerseaError('usage-invalid', '--restore takes the uri of one document, and nothing beside it.');
  }
  if (uri === undefined) return removeSource(context, source ?? '', purge);
  return restore ? restoreDocument(context, uri) : removeDocument(context, uri, purge);
}

async function removeDocument(context: CommandContext, uri: string, purge: boolean): Promise<undefined> {
  const documentId = await withApp(context, async (app) => {
    // What was removed before can still be purged.
    const isExcluded = purge && (await fileAt(app, uri))?.state === 'excluded';
    const document = isExcluded ? undefined : await documentAt(app, scope, uri);
    await remove(context, app, { uri }, purge);
    return document?.documentId ?? null;
  });
  context.output.result({ uri, documentId, removed: true, purged: purge }, () =>
    [
      `Removed ${printableName(uri)}. It stays out until \`persea docs remove --restore\`, even while its file is there.`,
      ...(purge ? [purgedText] : []),
    ].join('\n'),
  );
  return undefined;
}

const purgedText =
  'No byte of its text is left in the data folder; backups and the source itself are yours to look after.';

async function removeSource(context: CommandContext, source: string, purge: boolean): Promise<undefined> {
  const { output } = context;
  const documents = await withApp(context, async (app) => {
    const isConfigured = app.config().sources.some(({ name }) => name === source);
    const isKnown = isConfigured || (await app.catalog.countDocuments(scope, { source })) > 0;
    if ((!isKnown && (await app.catalog.files(scope, source)).length === 0) || source === canarySource) {
      throw new PerseaError(
        'unknown-source',
        `There is no source "${source}" in the configuration, and no document of one in the catalogue.`,
      );
    }
    if (isConfigured) {
      output.warn(
        `The source "${source}" is still in the configuration: the next \`persea ingest\` brings its documents back.`,
      );
    }
    const { documentIds } = await remove(context, app, { source }, purge);
    return documentIds.length;
  });
  output.result({ source, documents, removed: true, purged: purge }, () =>
    [
      `Removed ${counted(documents, 'document')} of the source ${printable(source)}, attachments included.`,
      ...(purge ? [purgedText] : []),
    ].join('\n'),
  );
  return undefined;
}

function remove(
  context: CommandContext,
  app: App,
  removal: { readonly uri: string } | { readonly source: string },
  purge: boolean,
) {
  return withInterrupt(context, (signal) =>
    app.ingestor.remove(removal, {
      purge,
      signal,
      waitMs: Number.POSITIVE_INFINITY,
      onEvent: ingestProgress(context.output),
    }),
  );
}

async function restoreDocument(context: CommandContext, uri: string): Promise<undefined> {
  await withApp(context, async (app) => {
    const file = await fileAt(app, uri);
    if (file?.state !== 'excluded') {
      throw new PerseaError('document-absent', `Tried to restore ${uri}; no document of this uri was removed.`);
    }
    await app.catalog.restoreUri(uri);
  });
  context.output.result({ uri, restored: true }, () => `The next \`persea ingest\` brings ${printableName(uri)} back.`);
  return undefined;
}
