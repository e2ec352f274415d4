/**
 * What a run does before it reads any document: lists a source, plans, and applies what needs no parsing, rights first. A dry run
 * is this and nothing else, and changes nothing.
 */
import { systemScope } from '../src/access/scope.ts';
import type { Catalog } from '../src/catalog/catalog.ts';
import { PerseaError, toPerseaError } from '../src/core/errors.ts';
import type { IngestOptions, IngestReport } from '../src/core/ingestor.ts';
import { type AttachmentRecords, attachmentsByParent, DocumentChanges } from './document-changes.ts';
import { createLabeller, type Labeller } from './labels.ts';
import { planSource, type SourcePlan } from './plan.ts';
import { readUnderFormerSetting, type SecretSetting } from './secret-setting.ts';
import { overlapWarning } from './sources/overlaps.ts';
import type { Source, SourceItem, SourceListing } from './sources/source.ts';
import { type KnownFile, withStale } from './stale-files.ts';
import { IngestTally } from './tally.ts';

export interface PlanDependencies {
  readonly sources: readonly Source[];
  readonly catalog: Catalog;
  /** Share of a source's files above which their disappearance is taken for a mistake; 1 switches the check off. */
  readonly maxVanishedShare: number;
  readonly secrets: SecretSetting;
}

/** A source that was listed, and what its jobs need of that. */
export interface ListedSource {
  readonly source: Source;
  readonly labeller: Labeller;
  /** Of all that is there, readable or not. */
  readonly paths: readonly string[];
  readonly known: ReadonlyMap<string, KnownFile>;
  readonly attachments: AttachmentRecords;
  /** By uri; jobs of other processes may ask for items that are not in here. */
  readonly toIngest: ReadonlyMap<string, SourceItem>;
  /** Of those of the plan, what operators decided of. */
  readonly displaced: readonly string[];
  readonly cursor?: string;
  /** How many documents are read again because they hold secrets and `ingest.secrets` has changed. */
  readonly outdated: number;
  /** Whether after this no document of the source is left that was read under another `ingest.secrets`. */
  readonly isWhole: boolean;
}

/** Below this many files a share says nothing: deleting two of five is an ordinary day. */
const minVanishedFiles = 10;
const scope = systemScope('ingest');

/** Reads the sources and the catalogue, and writes to neither; needs no lock, no store and no model. */
export async function planIngest(dependencies: PlanDependencies, options: IngestOptions): Promise<IngestReport> {
  const startedAt = performance.now();
  const tally = new IngestTally(options.onEvent);
  const changes = new DocumentChanges(dependencies.catalog, tally, true);
  const preparation = new SourcePreparation(dependencies, options, tally, changes);
  for (const source of selectSources(dependencies.sources, options.sources)) {
    const listed = await preparation.prepare(source);
    if (listed === undefined) continue;
    warnOfUnusedRules(listed, tally);
    await planDocuments(listed, tally, changes);
  }
  return { ...tally.report(0, (performance.now() - startedAt) / 1_000), plan: tally.plan() };
}

async function planDocuments(listed: ListedSource, tally: IngestTally, changes: DocumentChanges): Promise<void> {
  for (const file of listed.toIngest.values()) {
    const current = await changes.documentOf(listed.known.get(file.uri));
    try {
      if ((await changes.overrideOf(file.uri, current)) === undefined)
        listed.labeller.labelOf(file.relativePath, null, file.label, file.linkTarget);
      tally.count(file.uri, current === undefined ? 'added' : 'updated');
    } catch (thrown) {
      const { code, message } = toPerseaError(thrown);
      tally.quarantine({ uri: file.uri, code, message });
    }
  }
}

/** Whoever tries out rules finds the mistake before it has left anything open; a rule may also wait for files to come. */
function warnOfUnusedRules({ source: { name }, labeller, paths }: ListedSource, tally: IngestTally): void {
  for (const match of labeller.unusedRules(paths)) {
    tally.warn({
      code: 'rule-unused',
      message: `The rule "${match}" of the source "${name}" matches no file, so it opens and closes nothing. Correct it, such as "hr/**" for all below a folder, or take it out.`,
    });
  }
}

/** All where none is named. */
export function selectSources(sources: readonly Source[], names: readonly string[] = []): readonly Source[] {
  for (const name of names) {
    if (!sources.some((source) => source.name === name)) {
      throw new PerseaError(
        'unknown-source',
        `There is no source "${name}" in the configuration; it has: ${sources.map((source) => source.name).join(', ') || 'none'}.`,
      );
    }
  }
  return names.length === 0 ? sources : sources.filter((source) => names.includes(source.name));
}

export function cursorSetting(source: string): string {
  return `cursor:${source}`;
}

export class SourcePreparation {
  readonly #dependencies: PlanDependencies;
  readonly #options: IngestOptions;
  readonly #tally: IngestTally;
  readonly #changes: DocumentChanges;
  readonly #overlapsTold = new Set<string>();

  constructor(dependencies: PlanDependencies, options: IngestOptions, tally: IngestTally, changes: DocumentChanges) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#tally = tally;
    this.#changes = changes;
  }

  /** Undefined where the source cannot be reached: that must not stop the others, and nothing of it is taken for deleted. */
  async prepare(source: Source): Promise<ListedSource | undefined> {
    const { catalog, secrets } = this.#dependencies;
    const listing = await this.#list(source);
    if (listing === undefined) return undefined;
    const outdated = await readUnderFormerSetting(catalog, source.name, secrets);
    const records = withStale(await catalog.files(scope, source.name), outdated);
    const known = new Map(records.map((record) => [record.uri, record]));
    const attachments = attachmentsByParent(records);
    const plan = planSource(listing, records);
    const labeller = createLabeller(source, listing.folderLabels, listing.overlaps);
    this.#warnOfOverlaps(source, listing);
    const bytes = plan.toIngest.reduce((sum, file) => sum + file.sizeBytes, 0);
    this.#tally.emit({ type: 'plan', documents: plan.toIngest.length, bytes });

    // Rights before content: removals and labels take effect before the long work begins.
    await this.#removeVanished(source, plan, records.length);
    for (const { file, record } of plan.moved) {
      await this.#changes.move(source.name, labeller, file, record, attachments.get(record.uri) ?? []);
    }
    for (const { file, record } of plan.excludedAgain) await this.#changes.excludeAgain(source.name, file, record);
    for (const { file, record } of plan.unchanged) {
      await this.#changes.relabelUnchanged(labeller, file, record, attachments.get(record.uri) ?? []);
    }
    for (const file of plan.toIngest) {
      const record = known.get(file.uri);
      if (record === undefined) continue;
      const isKept = await this.#changes.relabelOutdated(labeller, file, record, attachments.get(file.uri) ?? []);
      if (!isKept) known.delete(file.uri);
    }
    for (const problem of listing.problems) {
      const record = known.get(problem.uri);
      await this.#changes.refuseListed(source.name, labeller, problem, record, attachments.get(problem.uri) ?? []);
    }
    for (const record of plan.unseen) {
      await this.#changes.closeUnseen(source.name, labeller, record, attachments.get(record.uri) ?? []);
    }
    const toIngest = new Map(plan.toIngest.map((file) => [file.uri, file]));
    const cursor = listing.cursor === undefined ? {} : { cursor: listing.cursor };
    // What was not looked at was not read again, and what was moved is not looked for at its new place before the next run.
    const wasSeenWhole = listing.covers === undefined && listing.unobserved.length === 0;
    const isWhole = wasSeenWhole && (outdated.size === 0 || plan.moved.length === 0);
    const paths = [...listing.files, ...listing.problems].map(({ uri }) => uri.slice(source.name.length + 1));
    const displaced = await catalog.decidedUris(scope, plan.displaced);
    return {
      source,
      labeller,
      paths,
      known,
      attachments,
      toIngest,
      displaced,
      ...cursor,
      outdated: outdated.size,
      isWhole,
    };
  }

  async #list(source: Source): Promise<SourceListing | undefined> {
    const { signal, only } = this.#options;
    try {
      const paths = only?.[source.name];
      const cursor = await this.#dependencies.catalog.setting(cursorSetting(source.name));
      const listing = await source.list({
        ...(paths === undefined ? {} : { only: paths }),
        ...(cursor === undefined ? {} : { cursor }),
        ...(signal === undefined ? {} : { signal }),
      });
      this.#tally.emit({ type: 'scan-end', source: source.name, files: listing.files.length });
      return listing;
    } catch (thrown) {
      const error = toPerseaError(thrown, 'source-unreadable');
      if (error.code === 'aborted') throw error;
      this.#tally.quarantine({ uri: source.name, code: error.code, message: error.message });
      return undefined;
    }
  }

  #warnOfOverlaps(source: Source, { files, overlaps = [] }: SourceListing): void {
    // Not at each change that is watched: the first run has said it.
    if (this.#options.only !== undefined) return;
    for (const overlap of overlaps) {
      const pair = [source.name, overlap.name].sort().join('/');
      if (this.#overlapsTold.has(pair)) continue;
      this.#overlapsTold.add(pair);
      const paths = files.map(({ relativePath }) => relativePath);
      const message = overlapWarning(source.name, overlap, paths);
      if (message !== undefined) this.#tally.warn({ code: 'sources-overlap', message });
    }
  }

  async #removeVanished(source: Source, { vanished }: SourcePlan, knownFiles: number): Promise<void> {
    const { maxVanishedShare } = this.#dependencies;
    const before = this.#options.removedBefore?.[source.name] ?? 0;
    const [gone, all] = [vanished.length + before, knownFiles + before];
    const isSuspicious = vanished.length > 0 && gone >= minVanishedFiles && gone > maxVanishedShare * all;
    if (isSuspicious && this.#options.acceptDeletions !== true) {
      this.#tally.warn({
        code: 'many-files-vanished',
        message: `${gone} of ${all} files of the source "${source.name}" are gone; ${before > 0 ? 'no more' : 'nothing'} was removed. If that is meant, run the ingest again with --accept-deletions.`,
      });
      return;
    }
    for (const record of vanished) await this.#changes.removeVanished(record);
  }
}
