/**
 * Answers questions about the collection from the catalogue, under the asker's scope: what is not visible is neither listed
 * nor counted. Each document listed is cited by its own first words, so that a list is proven like any other answer.
 */
import type { AccessScope } from '../access/scope.ts';
import { CitationList } from '../answer/citations.ts';
import type { CatalogReader, DocumentRecord } from '../catalog/catalog.ts';
import type { Answer, Citation, Claim, Support } from '../core/answer.ts';
import type { ContextItem } from '../core/context.ts';
import { dayMs, documentDate } from '../core/dates.ts';
import { type FactFilter, factFilterOf } from '../core/fact-filter.ts';
import { chunkId } from '../core/ids.ts';
import { escapeMarkers } from '../core/markers.ts';
import { plainText } from '../core/readable.ts';
import { splitSentences } from '../core/sentences.ts';
import { contentWords } from '../core/words.ts';
import type { CollectionQuestion, Period } from './collection-question.ts';
import { gather } from './gather.ts';
import type { Inquiry } from './inquiry.ts';
import { abstained, listed } from './outcome.ts';
import type { AskEvent } from './question.ts';

interface CollectionAnswer {
  /** In order; together they are the text. */
  readonly pieces: readonly { readonly text: string; readonly citations: readonly Citation[] }[];
  readonly citations: readonly Citation[];
  readonly claims: readonly Claim[];
  /** How many were counted and are not listed. */
  readonly left: number;
}

type CollectionCatalog = Pick<CatalogReader, 'documentIds' | 'documentsById' | 'countDocuments' | 'text'>;

/** Titles of more documents are not looked through for one question. */
const mostExamined = 5_000;
const mostListed = 20;
const batch = 500;
/** Of a document's text, to find its first words in. */
const opening = 2_000;

/** From the catalogue where it can tell; else an abstention that names what comes nearest, if there is a subject. */
export async function* answerAboutCollection(
  inquiry: Inquiry,
  question: CollectionQuestion,
): AsyncGenerator<AskEvent, Answer> {
  const answer = await answerOf(inquiry, question);
  if (answer === null) {
    if (question.period !== undefined) return abstained(inquiry, 'no-evidence', []);
    const passages = question.topic === null ? [] : (await gather(inquiry, question.topic)).passages;
    return abstained(inquiry, 'whole-collection', passages);
  }
  return yield* give(inquiry, answer);
}

/** Null where the catalogue has nothing of the kind: then the question is one for a search. */
export async function* answerIfInCollection(
  inquiry: Inquiry,
  question: CollectionQuestion,
): AsyncGenerator<AskEvent, Answer | null> {
  const answer = await answerOf(inquiry, question);
  return answer === null ? null : yield* give(inquiry, answer);
}

function answerOf({ dependencies, scope, request }: Inquiry, question: CollectionQuestion) {
  const facts = factFilterOf(request.filters) ?? {};
  const { period } = question;
  const dated = period === undefined ? facts : within(facts, spanOf(period, dependencies.clock.now()));
  return answerFromCatalog(dependencies.catalog, scope, question, dated);
}

/** In UTC, as filters are; weeks begin on Monday. */
function spanOf(period: Period, now: number): { readonly fromMs: number; readonly beforeMs: number } {
  if ('year' in period) return { fromMs: Date.UTC(period.year, 0), beforeMs: Date.UTC(period.year + 1, 0) };
  const today = new Date(now);
  const [year, month, day] = [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()];
  const { unit, ago } = period;
  if (unit === 'year') return { fromMs: Date.UTC(year - ago, 0), beforeMs: Date.UTC(year - ago + 1, 0) };
  if (unit === 'month') return { fromMs: Date.UTC(year, month - ago), beforeMs: Date.UTC(year, month - ago + 1) };
  const days = unit === 'week' ? 7 : 1;
  const sinceFirst = unit === 'week' ? (today.getUTCDay() + 6) % 7 : 0;
  const fromMs = Date.UTC(year, month, day - sinceFirst - ago * days);
  return { fromMs, beforeMs: fromMs + days * dayMs };
}

function within(facts: FactFilter, { fromMs, beforeMs }: { readonly fromMs: number; readonly beforeMs: number }) {
  return {
    ...facts,
    fromMs: Math.max(fromMs, facts.fromMs ?? fromMs),
    beforeMs: Math.min(beforeMs, facts.beforeMs ?? beforeMs),
  };
}

async function* give(inquiry: Inquiry, answer: CollectionAnswer): AsyncGenerator<AskEvent, Answer> {
  if (answer.left > 0) inquiry.trace.countsOthers();
  for (const { text, citations } of answer.pieces) {
    for (const citation of citations) yield { type: 'citation', citation };
    yield { type: 'text-delta', text };
  }
  return listed(inquiry, { ...answer, text: answer.pieces.map(({ text }) => text).join('') });
}

/** Null where the catalogue cannot tell: what all documents say, a topic that no title names, too many to look through. */
async function answerFromCatalog(
  catalog: CollectionCatalog,
  scope: AccessScope,
  question: CollectionQuestion,
  facts: FactFilter,
): Promise<CollectionAnswer | null> {
  if (question.kind === 'contents') return null;
  const { titleWords, mediaTypes } = question;
  const isNarrowed =
    question.isNewestFirst === true ||
    titleWords.length > 0 ||
    mediaTypes !== undefined ||
    Object.keys(facts).length > 0;
  const ids = await catalog.documentIds(scope, facts, { hold: true, limit: mostExamined + 1 });
  if (ids.length > mostExamined && isNarrowed) return null;
  const found: DocumentRecord[] = [];
  for (let start = 0; start < ids.length; start += batch) {
    const records = await catalog.documentsById(scope, ids.slice(start, start + batch), facts);
    found.push(...[...records.values()].filter((record) => isMeant(record, titleWords, mediaTypes)));
  }
  const byName = (a: DocumentRecord, b: DocumentRecord) => (a.uri < b.uri ? -1 : 1);
  const newestFirst = (a: DocumentRecord, b: DocumentRecord) =>
    (documentDate(b) ?? 0) - (documentDate(a) ?? 0) || byName(a, b);
  found.sort(question.isNewestFirst === true ? newestFirst : byName);
  if (found.length === 0) return null;
  const total = ids.length > mostExamined ? await catalog.countDocuments(scope) : found.length;
  return listOf(catalog, scope, question, found, total);
}

function isMeant(record: DocumentRecord, titleWords: readonly string[], mediaTypes: readonly string[] | undefined) {
  if (mediaTypes !== undefined && !mediaTypes.some((type) => record.mediaType.startsWith(type))) return false;
  if (titleWords.length === 0) return true;
  const name = record.uri.slice(record.uri.lastIndexOf('/') + 1).replace(/[-_.]/g, ' ');
  const words = contentWords(`${record.title} ${name}`);
  // `Elternzeit` also names the Elternzeitrichtlinie.
  return titleWords.every((wanted) =>
    words.some((word) => word === wanted || (wanted.length >= 5 && word.includes(wanted))),
  );
}

async function listOf(
  catalog: CollectionCatalog,
  scope: AccessScope,
  question: CollectionQuestion,
  found: readonly DocumentRecord[],
  total: number,
): Promise<CollectionAnswer> {
  const list = new CitationList();
  const claims: Claim[] = [];
  const lines: { text: string; citations: readonly Citation[] }[] = [];
  for (const record of found) {
    if (lines.length >= mostListed) break;
    const shown = await openingOf(catalog, scope, record);
    // Withdrawn meanwhile, or without any text to show for it.
    if (shown === null) continue;
    const title = plainText(record.title);
    const support: Support = plainText(shown.item.text.slice(shown.start, shown.end)).includes(title)
      ? 'verbatim'
      : 'entailed';
    const { citation } = list.cite(shown, support);
    claims.push({ text: title, citations: [citation.marker], support });
    lines.push({ text: `\n- ${escapeMarkers(title)} [${citation.marker}]`, citations: [citation] });
  }
  const left = total - lines.length;
  const lead = leadOf(question, total, left);
  return { pieces: [{ text: lead, citations: [] }, ...lines], citations: list.all, claims, left };
}

async function openingOf(catalog: CollectionCatalog, scope: AccessScope, record: DocumentRecord) {
  const stored = await catalog.text(scope, record.documentId);
  if (stored === undefined || stored.revision !== record.revision || record.chunkCount === 0) return null;
  const text = stored.text.slice(0, opening);
  const first = splitSentences(text).find((span) => /[\p{L}\p{N}]/u.test(text.slice(span.start, span.end)));
  if (first === undefined) return null;
  const page = stored.blocks.find((block) => block.end > first.start)?.page ?? null;
  const chunk = { chunkId: chunkId(record.documentId, record.revision, 0), headingPath: [], page };
  const item: ContextItem = {
    marker: 0,
    uri: record.uri,
    title: record.title,
    documentId: record.documentId,
    headingPath: [],
    page,
    classification: record.label.classification,
    date: documentDate(record),
    ...(record.properties.url === undefined ? {} : { url: record.properties.url }),
    ...(record.properties.owner === undefined ? {} : { owner: record.properties.owner }),
    places: [],
    chunkIds: [chunk.chunkId],
    chunks: [{ ...chunk, start: 0, end: text.length }],
    start: 0,
    end: text.length,
    text,
    tableHeader: null,
    score: 1,
  };
  return { item, start: first.start, end: first.end };
}

function leadOf(question: CollectionQuestion, total: number, left: number): string {
  const { language, topic } = question;
  const about = topic === null ? null : escapeMarkers(topic);
  const isDated = question.period !== undefined;
  const isNewestFirst = question.isNewestFirst === true;
  if (language === 'de') {
    const many = total === 1 ? '1 Dokument' : `${total} Dokumente`;
    const when = isDated ? ' aus dieser Zeit' : '';
    const which = about === null ? '' : `, deren Titel oder Dateiname „${about}“ nennt`;
    const order = isNewestFirst ? ', die neuesten zuerst' : '';
    return `Sie dürfen ${many}${when} sehen${which}${order}${left > 0 ? `; hier fehlen ${left} davon` : ''}:`;
  }
  if (language === 'fr') {
    const many = total === 1 ? '1 document' : `${total} documents`;
    const when = isDated ? ' de cette période' : '';
    const which = about === null ? '' : ` dont le titre ou le nom contient « ${about} »`;
    const order = isNewestFirst ? ', du plus récent au plus ancien' : '';
    return `Vous pouvez voir ${many}${when}${which}${order}${left > 0 ? `, dont ${left} ne sont pas énumérés ici` : ''} :`;
  }
  const many = total === 1 ? '1 document' : `${total} documents`;
  const when = isDated ? ' of that time' : '';
  const which = about === null ? '' : ` whose title or file name has “${about}”`;
  const order = isNewestFirst ? ', the newest first' : '';
  return `You may see ${many}${when}${which}${order}${left > 0 ? `, of which ${left} are not listed here` : ''}:`;
}
