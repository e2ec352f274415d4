/**
 * An answer is made of what its asker may see when the question comes, and a model may write for minutes. What is relabelled, removed
 * or taken from the asker meanwhile is not sent any more, and of somebody who is not known any more nothing is kept.
 */
import type { AccessScope } from '../access/scope.ts';
import { type CatalogReader, forgottenPerson, type UsageRecord } from '../catalog/catalog.ts';
import { startOfDay } from '../core/dates.ts';
import { PerseaError } from '../core/errors.ts';
import { randomId } from '../core/ids.ts';
import type { Inquiry } from './inquiry.ts';

export interface CurrentRights {
  /** What the asker may see at this moment; undefined where nobody knows them any more. What they could see at first when absent. */
  readonly scopeNow?: () => Promise<AccessScope | undefined>;
}

/** Events of an answer as long as its asker may see all that models were given for it. Throws `evidence-withdrawn` or `forbidden`. */
export async function* whileVisible<Event, Result>(
  inquiry: Inquiry,
  events: AsyncGenerator<Event, Result>,
): AsyncGenerator<Event, Result> {
  let checked: Checked = { scope: inquiry.scope, windows: 0 };
  try {
    for (;;) {
      const next = await events.next();
      checked = await checkedAgain(inquiry, checked);
      if (next.done === true) return next.value;
      yield next.value;
    }
  } finally {
    // Ends the model's work where the rights have ended.
    await events.return?.(undefined as Result);
  }
}

interface Checked {
  readonly scope: AccessScope;
  /** How many of the answer's windows were looked at. */
  readonly windows: number;
}

async function checkedAgain({ dependencies, scope: first, windows }: Inquiry, checked: Checked): Promise<Checked> {
  // What is packed after a change was found before it.
  const isGrown = checked.scope !== first && windows.length > checked.windows;
  const given = windows.flatMap(({ items }) => items.map(({ documentId }) => documentId));
  const scope = await requireVisible(dependencies, isGrown ? first : checked.scope, given);
  return { scope, windows: windows.length };
}

/** @returns the scope of this moment. Throws `evidence-withdrawn` or `forbidden` */
export async function requireVisible(...asked: Parameters<typeof hiddenNow>): Promise<AccessScope> {
  const { scope, hidden } = await hiddenNow(...asked);
  if (hidden.size > 0) {
    throw new PerseaError(
      'evidence-withdrawn',
      'What you may see has changed while this was answered, so it is not answered from that any more. Ask again.',
    );
  }
  return scope;
}

/** Of these documents, which the scope permitted, those that the asker may not see any more. Throws `forbidden`. */
export async function hiddenNow(
  { scopeNow, catalog }: CurrentRights & { readonly catalog: Pick<CatalogReader, 'documentsById'> },
  scope: AccessScope,
  documentIds: readonly string[],
): Promise<{ readonly scope: AccessScope; readonly hidden: ReadonlySet<string> }> {
  const now = scopeNow === undefined ? scope : await scopeNow();
  if (now === undefined) {
    throw new PerseaError('forbidden', 'Whoever asked this is no longer known. Ask an administrator.');
  }
  // The same scope as long as neither people nor documents have changed.
  if (now === scope || documentIds.length === 0) return { scope: now, hidden: new Set() };
  const ids = [...new Set(documentIds)];
  const visible = await catalog.documentsById(now, ids);
  return { scope: now, hidden: new Set(ids.filter((id) => !visible.has(id))) };
}

/** Whether its trace, its turn and its usage may bear the asker's name. */
export async function mayBeKept({ dependencies: { scopeNow } }: Pick<Inquiry, 'dependencies'>): Promise<boolean> {
  return scopeNow === undefined || (await scopeNow()) !== undefined;
}

/** As what is left of somebody who was forgotten. */
export function usageOfNobody({ groups: _, ...usage }: UsageRecord): UsageRecord {
  return { ...usage, traceId: randomId('trace'), principalId: forgottenPerson, at: startOfDay(usage.at) };
}
