/** What may be done to a store: each operation as it is asked of the store, and as it changes the model. */
import type { AccessLabel } from '../../src/access/label.ts';
import type { ChunkBatch, ChunkStore } from '../../src/store/chunk-store.ts';
import type { RandomNumbers } from '../support/random-numbers.ts';
import type { StoreModel } from './model.ts';
import type { World } from './world.ts';

export type Operation =
  | { readonly kind: 'add' | 'write again'; readonly batches: readonly ChunkBatch[]; readonly isFirst: boolean }
  /** The next revision, then the end of those before it, as an ingest does. */
  | { readonly kind: 'replace'; readonly batches: readonly ChunkBatch[] }
  | { readonly kind: 'relabel'; readonly documentIds: readonly string[]; readonly label: AccessLabel }
  | { readonly kind: 'delete'; readonly documentIds: readonly string[] }
  | { readonly kind: 'delete revision'; readonly documentId: string; readonly revision: number }
  | { readonly kind: 'optimize'; readonly onlyOverdue: boolean }
  | { readonly kind: 'prune' }
  | { readonly kind: 'clear' };

const maxDocuments = 70;

export function nextOperation(random: RandomNumbers, world: World, model: StoreModel): Operation {
  const revisions = new Map<string, number>();
  for (const { documentId, revision } of model.rows.values()) {
    revisions.set(documentId, Math.max(revision, revisions.get(documentId) ?? 0));
  }
  const present = [...revisions.keys()];
  const some = () => random.sample(present, 1 + random.below(4));
  const roll = random.next();
  if (present.length < 20 || (roll < 0.2 && present.length < maxDocuments)) {
    const batches = Array.from({ length: 1 + random.below(12) }, () => world.batch(`doc_${random.below(1e9)}`, 1));
    return { kind: 'add', batches, isFirst: random.chance(0.7) };
  }
  if (roll < 0.4) {
    const batches = some().map((documentId) => world.batch(documentId, (revisions.get(documentId) ?? 0) + 1));
    return { kind: 'replace', batches };
  }
  if (roll < 0.45) {
    const batches = some().map((documentId) => world.batch(documentId, revisions.get(documentId) ?? 1));
    return { kind: 'write again', batches, isFirst: false };
  }
  if (roll < 0.65) return { kind: 'relabel', documentIds: some(), label: world.label() };
  if (roll < 0.73) return { kind: 'delete', documentIds: [...some(), 'doc_absent'] };
  if (roll < 0.76) {
    const documentId = random.pick(present);
    return { kind: 'delete revision', documentId, revision: revisions.get(documentId) ?? 1 };
  }
  if (roll < 0.94) return { kind: 'optimize', onlyOverdue: random.chance(0.2) };
  return roll < 0.993 ? { kind: 'prune' } : { kind: 'clear' };
}

export async function perform(operation: Operation, store: ChunkStore): Promise<void> {
  switch (operation.kind) {
    case 'add':
    case 'write again':
      return store.writeChunks(operation.batches, { isFirst: operation.isFirst });
    case 'replace':
      // What a crash left of the same revision is looked for, since this may be the second attempt.
      await store.writeChunks(operation.batches);
      return store.deleteRevisionsBefore(operation.batches);
    case 'relabel':
      return store.relabelDocuments(operation.documentIds, operation.label);
    case 'delete':
      return store.deleteDocuments(operation.documentIds);
    case 'delete revision':
      return store.deleteRevision(operation.documentId, operation.revision);
    case 'optimize':
      return store.optimize({ onlyOverdue: operation.onlyOverdue });
    case 'prune':
      return store.prune();
    case 'clear':
      return store.clear();
  }
}

/** The journal does not know how far a write came before the crash. */
export function asReplay(operation: Operation): Operation {
  return operation.kind === 'add' ? { ...operation, isFirst: false } : operation;
}

export function applyTo(model: StoreModel, operation: Operation): void {
  switch (operation.kind) {
    case 'add':
    case 'write again':
      model.write(operation.batches);
      break;
    case 'replace':
      model.write(operation.batches);
      for (const { documentId, revision } of operation.batches) {
        model.deleteWhere((row) => row.documentId === documentId && row.revision < revision);
      }
      break;
    case 'relabel':
      model.relabel(operation.documentIds, operation.label);
      break;
    case 'delete':
      model.deleteWhere((row) => operation.documentIds.includes(row.documentId));
      break;
    case 'delete revision':
      model.deleteWhere(
        ({ documentId, revision }) => documentId === operation.documentId && revision === operation.revision,
      );
      break;
    case 'clear':
      model.rows.clear();
      break;
    case 'optimize':
    case 'prune':
  }
}

/** Documents whose rows may be in either state when the operation was cut short. */
export function touchedBy(operation: Operation, documentId: string): boolean {
  switch (operation.kind) {
    case 'add':
    case 'write again':
    case 'replace':
      return operation.batches.some((batch) => batch.documentId === documentId);
    case 'relabel':
    case 'delete':
      return operation.documentIds.includes(documentId);
    case 'delete revision':
      return operation.documentId === documentId;
    case 'clear':
      return true;
    case 'optimize':
    case 'prune':
      return false;
  }
}
