/**
 * What people asked in their conversations, in a file of its own beside the catalogue: it is about people, not documents, and
 * may be deleted at any time. Nothing of an answer is kept but the ids of what it cited.
 */
import type { Clock } from '../core/async.ts';
import type { ConversationTurn, KeptConversation } from '../core/conversations.ts';
import { dayMs } from '../core/dates.ts';
import { SqliteConnection, toCatalogError } from './sqlite-connection.ts';

export interface SqliteConversationsOptions {
  readonly path: string;
  /** Turns older than this are deleted when the next one is kept. */
  readonly retentionDays: () => number;
  readonly clock: Clock;
}

/** Of a conversation, and of a person in all; the oldest go first. */
const turnsOfConversation = 50;
const turnsOfPerson = 2_000;
/** A title says what was asked first, and goes with that question. */
const dropTitles = 'DELETE FROM titles WHERE turn_id NOT IN (SELECT id FROM turns)';
/** Of this file; the first one also fits files from before they were numbered. */
const conversationMigrations: readonly string[] = [
  `
CREATE TABLE IF NOT EXISTS turns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  principal_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  question TEXT NOT NULL,
  chunk_ids TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS turns_by_conversation ON turns (principal_id, conversation_id, id);
CREATE INDEX IF NOT EXISTS turns_by_age ON turns (at);
CREATE TABLE IF NOT EXISTS titles (turn_id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT;
`,
];

interface KeptConversationRow {
  readonly conversation_id: string;
  readonly first_question: string;
  readonly title: string | null;
  readonly questions: number;
  readonly started_at: number;
  readonly last_at: number;
}

export class SqliteConversations {
  readonly #options: SqliteConversationsOptions;
  /** Made at the first conversation, so that whoever has none has no such file. */
  #connection: SqliteConnection | undefined;

  constructor(options: SqliteConversationsOptions) {
    this.#options = options;
  }

  /** The last ones that are not too old, oldest first. */
  async turns(principalId: string, conversationId: string, limit: number): Promise<readonly ConversationTurn[]> {
    return this.#work((connection) =>
      connection
        .all<{ question: string; chunk_ids: string }>(
          `SELECT question, chunk_ids FROM turns
           WHERE principal_id = :principalId AND conversation_id = :conversationId AND at >= :oldest ORDER BY id DESC LIMIT :limit`,
          { principalId, conversationId, oldest: this.#oldest(), limit },
        )
        .reverse()
        .map((row) => ({ question: row.question, chunkIds: JSON.parse(row.chunk_ids) as string[] })),
    );
  }

  /** Those with the latest questions first. */
  async list(principalId: string, limit: number): Promise<readonly KeptConversation[]> {
    return this.#work((connection) =>
      connection
        .all<KeptConversationRow>(
          `SELECT kept.*, first.question AS first_question, titles.title AS title
           FROM (
             SELECT conversation_id, COUNT(*) AS questions, MIN(id) AS first_id, MAX(id) AS last_id,
               MIN(at) AS started_at, MAX(at) AS last_at
             FROM turns WHERE principal_id = :principalId AND at >= :oldest
             GROUP BY conversation_id ORDER BY last_id DESC LIMIT :limit
           ) AS kept
           JOIN turns AS first ON first.id = kept.first_id
           LEFT JOIN titles ON titles.turn_id = kept.first_id
           ORDER BY kept.last_id DESC`,
          { principalId, oldest: this.#oldest(), limit },
        )
        .map((row) => ({
          id: row.conversation_id,
          firstQuestion: row.first_question,
          title: row.title,
          questions: row.questions,
          startedAt: row.started_at,
          lastAt: row.last_at,
        })),
    );
  }

  /** Nothing where the conversation was removed meanwhile. */
  async setTitle(principalId: string, conversationId: string, title: string): Promise<void> {
    await this.#write((connection) =>
      connection.run(
        `INSERT OR REPLACE INTO titles (turn_id, title)
         SELECT MIN(id), :title FROM turns
         WHERE principal_id = :principalId AND conversation_id = :conversationId AND at >= :oldest HAVING MIN(id) IS NOT NULL`,
        { title, principalId, conversationId, oldest: this.#oldest() },
      ),
    );
  }

  async remove(principalId: string, conversationId: string): Promise<void> {
    await this.#write((connection) => {
      connection.run('DELETE FROM turns WHERE principal_id = :principalId AND conversation_id = :conversationId', {
        principalId,
        conversationId,
      });
      connection.run(dropTitles);
    });
  }

  /** Leaves no byte of them; returns how many there were. Throws `store-busy` while somebody reads. */
  async removeAll(principalId: string): Promise<number> {
    return this.#work((connection) => {
      const removed = connection.transaction(() => {
        const count = connection.get<{ count: number }>(
          'SELECT COUNT(DISTINCT conversation_id) AS count FROM turns WHERE principal_id = :principalId',
          { principalId },
        );
        connection.run('DELETE FROM turns WHERE principal_id = :principalId', { principalId });
        connection.run(dropTitles);
        return count?.count ?? 0;
      });
      connection.compact();
      return removed;
    });
  }

  async record(principalId: string, conversationId: string, turn: ConversationTurn): Promise<void> {
    await this.#write((connection) => {
      connection.run(
        `INSERT INTO turns (principal_id, conversation_id, at, question, chunk_ids)
         VALUES (:principalId, :conversationId, :at, :question, :chunkIds)`,
        {
          principalId,
          conversationId,
          at: this.#options.clock.now(),
          question: turn.question,
          chunkIds: JSON.stringify(turn.chunkIds),
        },
      );
      connection.run('DELETE FROM turns WHERE at < :oldest', { oldest: this.#oldest() });
      const last = 'SELECT id FROM turns WHERE principal_id = :principalId';
      connection.run(
        `DELETE FROM turns WHERE principal_id = :principalId AND conversation_id = :conversationId
         AND id NOT IN (${last} AND conversation_id = :conversationId ORDER BY id DESC LIMIT ${turnsOfConversation})`,
        { principalId, conversationId },
      );
      connection.run(
        `DELETE FROM turns WHERE principal_id = :principalId
         AND id NOT IN (${last} ORDER BY id DESC LIMIT ${turnsOfPerson})`,
        { principalId },
      );
      connection.run(dropTitles);
    });
  }

  close(): void {
    this.#connection?.close();
  }

  #oldest(): number {
    return this.#options.clock.now() - this.#options.retentionDays() * dayMs;
  }

  /** As it is about people and may be deleted at any time, the disk is not waited for; nor does anybody else wait for another process. */
  async #write(write: (connection: SqliteConnection) => unknown): Promise<void> {
    const { path, clock } = this.#options;
    try {
      const connection = this.#opened();
      await connection.whenFree(() => connection.repeatableTransaction(() => write(connection)), clock);
    } catch (thrown) {
      throw toCatalogError(thrown, path);
    }
  }

  #work<T>(work: (connection: SqliteConnection) => T): T {
    try {
      return work(this.#opened());
    } catch (thrown) {
      throw toCatalogError(thrown, this.#options.path);
    }
  }

  #opened(): SqliteConnection {
    this.#connection ??= new SqliteConnection(this.#options.path, undefined, conversationMigrations);
    return this.#connection;
  }
}
