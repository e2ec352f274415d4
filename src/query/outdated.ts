/**
 * Cited documents that are no longer in force, or that stand for older ones. What replaced one is named only where the asker may see it:
 * else nothing tells that there is anything. So it is looked up for each asker and never kept with an answer; citations have only what a document says of itself.
 */
import type { DocumentRecord } from '../catalog/catalog.ts';
import type { Answer } from '../core/answer.ts';
import { isoDay } from '../core/dates.ts';
import { toPerseaError } from '../core/errors.ts';
import { toldIn } from '../core/told.ts';
import { namesOf, replacementText, replaces, saysReplacedBy, urisNamed } from '../retrieval/supersession.ts';
import { type Inquiry, languageOf } from './inquiry.ts';

export async function warnOfOutdated(inquiry: Inquiry, answer: Answer): Promise<void> {
  const { dependencies, scope, warnings, replaced } = inquiry;
  const language = languageOf(inquiry);
  const ids = [...new Set(answer.citations.map(({ documentId }) => documentId))];
  if (ids.length === 0) return;
  // In a small store much is found that the question has nothing to do with.
  for (const replacement of replaced.filter(({ by }) => ids.includes(by.documentId))) {
    const leftOut = toldIn(language, {
      en: 'and is left out',
      de: 'und ist weggelassen',
      fr: "et n'est pas pris en compte",
    });
    warnings.push(`${replacementText(replacement, language)} ${leftOut}.`);
    inquiry.trace.mentions([replacement.old.documentId]);
  }
  try {
    const cited = await dependencies.catalog.documentsById(scope, ids);
    for (const id of ids) {
      const document = cited.get(id);
      const warning = document === undefined ? null : await outdatedWarning(inquiry, document);
      if (warning !== null) warnings.push(warning);
    }
  } catch (thrown) {
    const { code } = toPerseaError(thrown);
    warnings.push(
      toldIn(language, {
        en: `Whether the cited documents are still in force could not be looked up (${code}).`,
        de: `Ob die zitierten Dokumente noch gelten, ließ sich nicht feststellen (${code}).`,
        fr: `Il n'a pas été possible de vérifier si les documents cités sont encore en vigueur (${code}).`,
      }),
    );
  }
}

async function outdatedWarning(inquiry: Inquiry, document: DocumentRecord): Promise<string | null> {
  const { uri, title, properties } = document;
  const language = languageOf(inquiry);
  const by = await replacementOf(inquiry, document);
  if (by !== undefined) {
    inquiry.trace.mentions([by.documentId]);
    return `${replacementText({ old: document, by }, language)}.`;
  }
  const { status, validUntil } = properties;
  const today = isoDay(inquiry.dependencies.clock.now()) ?? '';
  if (validUntil !== undefined && validUntil < today) {
    return toldIn(language, {
      en: `“${title}” (${uri}) was in force until ${validUntil}.`,
      de: `„${title}“ (${uri}) galt bis ${validUntil}.`,
      fr: `« ${title} » (${uri}) était en vigueur jusqu'au ${validUntil}.`,
    });
  }
  if (status !== 'superseded') return null;
  return toldIn(language, {
    en: `“${title}” (${uri}) says that it is no longer in force.`,
    de: `„${title}“ (${uri}) sagt von sich, dass es nicht mehr gilt.`,
    fr: `« ${title} » (${uri}) indique ne plus être en vigueur.`,
  });
}

/** By what it says itself, else by what a newer one says of it; of two that replace each other neither is the newer one. */
async function replacementOf(
  { dependencies: { catalog }, scope }: Inquiry,
  document: DocumentRecord,
): Promise<DocumentRecord | undefined> {
  const isNewer = (other: DocumentRecord) =>
    other.documentId !== document.documentId && !replaces(document, other) && !saysReplacedBy(other, document);
  const { supersededBy } = document.properties;
  for (const uri of supersededBy === undefined ? [] : urisNamed(document, supersededBy)) {
    const found = await catalog.documentByUri(scope, uri);
    if (found !== undefined && isNewer(found)) return found;
  }
  const replacing = await catalog.documentsReplacing(scope, namesOf(document));
  return replacing.find((other) => isNewer(other) && replaces(other, document));
}
