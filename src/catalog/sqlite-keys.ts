/** API keys: the catalogue knows only their hashes. */
import type { Clock } from '../core/async.ts';
import { randomId } from '../core/ids.ts';
import type { ApiKeyRecord } from './catalog.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

interface KeyRow {
  readonly id: string;
  readonly principal_id: string;
  readonly name: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

export class SqliteKeys {
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;

  constructor(connection: SqliteConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  list(): readonly ApiKeyRecord[] {
    return this.#connection.all<KeyRow>(`${selectKeys} ORDER BY created_at, id`).map(toRecord);
  }

  create(key: { readonly principalId: string; readonly name: string; readonly hash: string }): ApiKeyRecord {
    const record = {
      id: randomId('key'),
      principalId: key.principalId,
      name: key.name,
      createdAt: this.#clock.now(),
      revokedAt: null,
    };
    this.#connection.run(
      'INSERT INTO api_keys (id, principal_id, name, hash, created_at) VALUES (:id, :principalId, :name, :hash, :createdAt)',
      {
        id: record.id,
        principalId: record.principalId,
        name: record.name,
        hash: key.hash,
        createdAt: record.createdAt,
      },
    );
    return record;
  }

  /** False where there is no such key or it was revoked before. */
  revoke(id: string): boolean {
    const changed = this.#connection.run(
      'UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL',
      { id, now: this.#clock.now() },
    );
    return changed > 0;
  }

  /** Returns how many. */
  removeOf(principalId: string): number {
    return this.#connection.run('DELETE FROM api_keys WHERE principal_id = :principalId', { principalId });
  }

  byHash(hash: string): ApiKeyRecord | undefined {
    const row = this.#connection.get<KeyRow>(`${selectKeys} WHERE hash = :hash AND revoked_at IS NULL`, { hash });
    return row === undefined ? undefined : toRecord(row);
  }
}

const selectKeys = 'SELECT id, principal_id, name, created_at, revoked_at FROM api_keys';

function toRecord(row: KeyRow): ApiKeyRecord {
  return {
    id: row.id,
    principalId: row.principal_id,
    name: row.name,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}
