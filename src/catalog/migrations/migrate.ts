/** Brings a catalogue file to this program's schema, one numbered migration a transaction. */
import type { DatabaseSync } from 'node:sqlite';
import { PerseaError } from '../../core/errors.ts';
import { initialSchema } from './001-initial.ts';
import { jobQueue } from './002-jobs.ts';
import { nearDuplicates } from './003-near-duplicates.ts';
import { usageCalls } from './004-usage-calls.ts';
import { replacements } from './005-replacements.ts';
import { parsers } from './006-parsers.ts';
import { labelOverrides } from './007-label-overrides.ts';
import { pastDecisions } from './008-past-decisions.ts';

/** Position decides the number, from 1. A released migration never changes; what it made is changed by a later one. */
const releasedMigrations: readonly string[] = [
  initialSchema,
  jobQueue,
  nearDuplicates,
  usageCalls,
  replacements,
  parsers,
  labelOverrides,
  pastDecisions,
];

/** A file of a newer program is refused untouched: writing with old rules could break what its rules rely on. */
export function migrate(
  database: DatabaseSync,
  path: string,
  migrations: readonly string[] = releasedMigrations,
): void {
  if (schemaVersion(database) === migrations.length) return;
  for (;;) {
    database.exec('BEGIN IMMEDIATE');
    try {
      // Read again under the write lock: another process may have migrated meanwhile.
      const version = schemaVersion(database);
      if (version > migrations.length) {
        throw new PerseaError(
          'catalog-too-new',
          `The catalogue ${path} has schema ${version}; this version of Persea knows up to ${migrations.length}. Nothing was changed.`,
          { details: { found: version, known: migrations.length } },
        );
      }
      const next = migrations[version];
      if (next === undefined) {
        database.exec('COMMIT');
        return;
      }
      database.exec(next);
      database.exec(`PRAGMA user_version = ${version + 1}`);
      database.exec('COMMIT');
    } catch (thrown) {
      database.exec('ROLLBACK');
      throw thrown;
    }
  }
}

function schemaVersion(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get();
  return Number(row?.user_version);
}
