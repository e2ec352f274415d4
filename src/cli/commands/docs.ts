/** `persea docs`: the catalogue as an operator sees it. */
import { type AccessLabel, canonicalLabel, type LabelInput, parseLabelInput } from '../../access/label.ts';
import { type AccessScope, systemScope } from '../../access/scope.ts';
import type { App } from '../../app.ts';
import type { DocumentRecord } from '../../catalog/catalog.ts';
import { counted } from '../../core/counts.ts';
import { canarySource } from '../../core/canary.ts';
import { PerseaError } from '../../core/errors.ts';
import { type CommandContext, parseCount, withApp } from '../context.ts';
import { alignedTable, oneLine, printable, printableName } from '../text.ts';

const scope = systemScope('persea docs');

export async function listDocuments(
  context: CommandContext,
  options: { readonly source?: string; readonly limit?: string },
): Promise<undefined> {
  const limit = parseCount(options.limit, '--limit');
  const documents = await withApp(context, (app) => listedDocuments(app, scope, options.source));
  const shown = documents.slice(0, limit).map(toEntry);
  context.output.result({ documents: shown }, () => {
    const rows = shown.map((entry) => [
      printableName(entry.uri),
      labelText(entry.label),
      counted(entry.chunks, 'chunk'),
      oneLine(entry.title),
    ]);
    const rest = documents.length - shown.length;
    const total =
      rest > 0 ? `${shown.length} of ${counted(documents.length, 'document')}` : counted(shown.length, 'document');
    return [...(rows.length === 0 ? [] : [alignedTable(rows)]), context.output.paint('dim', total)].join('\n');
  });
  return undefined;
}

/** All that an operator is concerned with: the built-in canaries are not among them. */
export async function listedDocuments(
  app: App,
  systemReader: AccessScope,
  source?: string,
): Promise<readonly DocumentRecord[]> {
  if (source !== undefined && !app.config().sources.some((configured) => configured.name === source)) {
    const names = app.config().sources.map((configured) => configured.name);
    throw new PerseaError(
      'unknown-source',
      `There is no source "${source}" in the configuration; it has: ${names.join(', ') || 'none'}.`,
    );
  }
  const documents = await app.catalog.documents(systemReader, source === undefined ? {} : { source });
  return documents.filter((document) => document.source !== canarySource);
}

export async function showDocument(
  context: CommandContext,
  options: { readonly text?: boolean },
  uri: string,
): Promise<undefined> {
  const facts = await withApp(context, async (app) => {
    const document = await documentAt(app, scope, uri);
    const copies = await app.catalog.nearDuplicates(scope, document.documentId);
    const entry = {
      ...toEntry(document),
      duplicates: copies.map(({ uri, title }) => ({ uri, title })),
      contentHash: document.contentHash,
      properties: document.properties,
      warnings: document.warnings,
    };
    if (options.text !== true) return entry;
    const stored = await app.catalog.text(scope, document.documentId);
    return { ...entry, text: stored?.text ?? '' };
  });
  context.output.result(facts, () => {
    const rows: (readonly string[])[] = [
      ['uri', printable(facts.uri)],
      ['title', oneLine(facts.title)],
      ['documentId', facts.documentId],
      ['revision', String(facts.revision)],
      ['label', `${labelText(facts.label)}${facts.isLabelOverridden ? ' (set by an operator)' : ''}`],
      ['media type', facts.mediaType],
      ...Object.entries(facts.properties).map(([name, value]) => [propertyNames[name] ?? name, oneLine(value)]),
      ...(facts.pages === null ? [] : [['pages', String(facts.pages)]]),
      ['chunks', `${facts.chunks}, ${counted(facts.tokens, 'token')}${facts.isEmbedded ? '' : ', keywords only'}`],
      ['updated', facts.updatedAt],
      ...facts.duplicates.map((copy) => ['near-duplicate', printable(copy.uri)]),
      ...facts.warnings.map((warning) => ['warning', oneLine(warning.message)]),
    ];
    return 'text' in facts ? `${alignedTable(rows)}\n\n${printable(facts.text)}` : alignedTable(rows);
  });
  return undefined;
}

const propertyNames: Readonly<Record<string, string>> = {
  url: 'web address',
  supersedes: 'replaces',
  supersededBy: 'replaced by',
  validUntil: 'valid until',
};

export async function relabelDocument(
  context: CommandContext,
  options: {
    readonly anyOf?: readonly string[];
    readonly allOf?: readonly string[];
    readonly classification?: string;
    readonly reset?: boolean;
  },
  uri: string,
): Promise<undefined> {
  const requested = requestedLabel(options, uri);
  const document = await withApp(context, async (app) => {
    if (requested === null && (await isGoneWithLabel(app, uri))) {
      await app.catalog.forgetLabelOverride(uri);
      return null;
    }
    const found = await documentAt(app, scope, uri);
    if (requested === null) await app.catalog.resetLabelOverride(found.documentId);
    else {
      // Who may read it says nothing of which models may: that stays as it is unless it is named.
      const classification = requested.classification ?? found.label.classification;
      await app.ingestor.relabel(found, canonicalLabel({ ...requested, classification }));
    }
    return documentAt(app, scope, uri);
  });
  const entry = document === null ? { uri, documentId: null, isLabelOverridden: false } : toEntry(document);
  context.output.result(entry, () =>
    !('label' in entry)
      ? `${printableName(uri)} is gone, and so is its label now: what comes in its place gets that of its rules.`
      : requested === null
        ? `The rules decide again: the next \`persea ingest\` gives ${printableName(uri)} their label.`
        : `${printableName(uri)}: ${labelText(entry.label)}. Rules do not change it until \`persea docs relabel --reset\`.`,
  );
  return undefined;
}

/** Whether its file is gone and an operator's label is kept for when it comes back. */
async function isGoneWithLabel({ catalog }: App, uri: string): Promise<boolean> {
  if ((await catalog.documentByUri(scope, uri)) !== undefined) return false;
  return (await catalog.labelOverride(scope, uri)) !== undefined;
}

/** Null: the rules decide again. */
function requestedLabel(
  options: {
    readonly anyOf?: readonly string[];
    readonly allOf?: readonly string[];
    readonly classification?: string;
    readonly reset?: boolean;
  },
  uri: string,
): LabelInput | null {
  const { anyOf, allOf, classification, reset } = options;
  const hasTags = anyOf !== undefined || allOf !== undefined;
  if (reset === true) {
    if (!hasTags && classification === undefined) return null;
    throw new PerseaError(
      'usage-invalid',
      '--reset gives the label back to the rules; it takes no new label beside it.',
    );
  }
  if (!hasTags) {
    throw new PerseaError('usage-invalid', `A new label for ${uri} needs --any-of or --all-of; or give --reset.`);
  }
  return parseLabelInput(
    {
      ...(anyOf === undefined ? {} : { anyOf }),
      ...(allOf === undefined ? {} : { allOf }),
      ...(classification === undefined ? {} : { classification }),
    },
    uri,
  );
}

/** Throws `document-absent`, saying what is known about the file instead. */
export async function documentAt(app: App, systemReader: AccessScope, uri: string): Promise<DocumentRecord> {
  const document = await app.catalog.documentByUri(systemReader, uri);
  if (document !== undefined && document.source !== canarySource) return document;
  const file = document === undefined ? await fileAt(app, uri) : undefined;
  const why =
    file === undefined
      ? 'See `persea docs list`.'
      : file.state === 'excluded'
        ? 'It was removed by an operator; `persea docs remove --restore` lets the next ingest bring it back.'
        : `Its file is ${file.state}${file.code === null ? '' : ` (${file.code})`}${file.message === null ? '' : `: ${file.message}`}`;
  throw new PerseaError('document-absent', `There is no searchable document ${uri}. ${why}`, { details: { uri } });
}

export async function fileAt(app: App, uri: string) {
  const source = uri.split('/', 1)[0] ?? uri;
  return (await app.catalog.files(scope, source)).find((file) => file.uri === uri);
}

function toEntry(document: DocumentRecord) {
  return {
    uri: document.uri,
    documentId: document.documentId,
    source: document.source,
    title: document.title,
    mediaType: document.mediaType,
    revision: document.revision,
    label: document.label,
    isLabelOverridden: document.isLabelOverridden,
    chunks: document.chunkCount,
    tokens: document.tokenCount,
    pages: document.pageCount,
    isEmbedded: document.isEmbedded,
    updatedAt: new Date(document.updatedAt).toISOString(),
  };
}

/** `staff and (finance or legal), internal` */
export function labelText({ clauses, classification }: AccessLabel): string {
  const conditions = clauses.map((clause) =>
    clause.length > 1 && clauses.length > 1 ? `(${clause.join(' or ')})` : clause.join(' or '),
  );
  return `${conditions.length === 0 ? 'nobody' : conditions.join(' and ')}, ${classification}`;
}
