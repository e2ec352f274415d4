/**
 * Near-duplicates by MinHash. Only signatures are stored, no groups: which documents belong together is worked out at each
 * read, over what the scope may see, so that no document that a person may not see can join, part or name what they see.
 */
import type { AccessScope } from '../access/scope.ts';
import { areNearDuplicates, bandKeys, type Signature } from '../core/minhash.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { scopeCondition } from './sqlite-documents.ts';

interface SignatureRow {
  readonly id: number;
  readonly document_id: string;
  readonly signature: Uint8Array;
}

/** A group of more is cut off; readers want to know that there are copies, not all of them. */
const maxMembers = 100;
/** Visible documents that are compared with one; further ones are copies of those anyway. */
const maxCandidates = 1_000;

export class SqliteDuplicates {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** The signature of the current text, in place of the one before; null where it has none. */
  remember(documentId: string, signature: Signature | null): void {
    const known = this.#row(documentId);
    if (known !== undefined && signature !== null && isSame(signatureOfRow(known), signature)) return;
    this.forget(documentId);
    if (signature === null) return;
    const bytes = new Uint8Array(signature.length * 4);
    const view = new DataView(bytes.buffer);
    for (const [index, value] of signature.entries()) view.setUint32(index * 4, value, true);
    this.#connection.run('INSERT INTO signatures (document_id, signature) VALUES (:documentId, :bytes)', {
      documentId,
      bytes,
    });
    this.#connection.run(
      `INSERT OR IGNORE INTO signature_bands (band, signature_id)
       SELECT value, (SELECT id FROM signatures WHERE document_id = :documentId) FROM json_each(:bands)`,
      { documentId, bands: JSON.stringify(bandKeys(signature)) },
    );
  }

  forget(documentId: string): void {
    const known = this.#row(documentId);
    if (known === undefined) return;
    this.#connection.run(
      'DELETE FROM signature_bands WHERE signature_id = :id AND band IN (SELECT value FROM json_each(:bands))',
      { id: known.id, bands: JSON.stringify(bandKeys(signatureOfRow(known))) },
    );
    this.#connection.run('DELETE FROM signatures WHERE id = :id', { id: known.id });
  }

  /** By document id, of those that the scope may see. */
  signatures(scope: AccessScope, documentIds: readonly string[]): ReadonlyMap<string, Signature> {
    const scoped = scopeCondition(scope);
    const rows = this.#connection.all<SignatureRow>(
      `SELECT s.id, s.document_id, s.signature FROM signatures s JOIN documents d ON d.document_id = s.document_id
       WHERE ${scoped.condition} AND s.document_id IN (SELECT value FROM json_each(:documentIds))`,
      { ...scoped.parameters, documentIds: JSON.stringify(documentIds) },
    );
    return new Map(rows.map((row) => [row.document_id, signatureOfRow(row)]));
  }

  /** Ids of the visible documents that are linked with this one, directly or through others that are visible too. */
  group(scope: AccessScope, documentId: string): readonly string[] {
    const members = new Map(this.signatures(scope, [documentId]));
    const waiting = [...members];
    for (let next = waiting.shift(); next !== undefined && members.size <= maxMembers; next = waiting.shift()) {
      const [, signature] = next;
      for (const row of this.#sharingBand(scope, signature)) {
        const other = signatureOfRow(row);
        if (members.has(row.document_id) || !areNearDuplicates(signature, other)) continue;
        members.set(row.document_id, other);
        waiting.push([row.document_id, other]);
      }
    }
    return [...members.keys()].filter((id) => id !== documentId).slice(0, maxMembers);
  }

  /** In the order of their uris, so that the same people read the same lists whatever else is there. */
  #sharingBand(scope: AccessScope, signature: Signature): readonly SignatureRow[] {
    const scoped = scopeCondition(scope);
    return this.#connection.all<SignatureRow>(
      `SELECT s.id, s.document_id, s.signature FROM signatures s JOIN documents d ON d.document_id = s.document_id
       WHERE ${scoped.condition} AND s.id IN
         (SELECT signature_id FROM signature_bands WHERE band IN (SELECT value FROM json_each(:bands)))
       ORDER BY d.uri LIMIT :limit`,
      { ...scoped.parameters, bands: JSON.stringify(bandKeys(signature)), limit: maxCandidates },
    );
  }

  #row(documentId: string): SignatureRow | undefined {
    return this.#connection.get<SignatureRow>(
      'SELECT id, document_id, signature FROM signatures WHERE document_id = :documentId',
      { documentId },
    );
  }
}

function signatureOfRow({ signature }: SignatureRow): Signature {
  return signatureOfBytes(signature);
}

export function signatureOfBytes(signature: Uint8Array): Signature {
  const view = new DataView(signature.buffer, signature.byteOffset, signature.byteLength);
  const values = new Uint32Array(signature.byteLength / 4);
  // Each question reads a hundred of these: an iterator takes ten times as long.
  for (let index = 0; index < values.length; index++) values[index] = view.getUint32(index * 4, true);
  return values;
}

function isSame(a: Signature, b: Signature): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
