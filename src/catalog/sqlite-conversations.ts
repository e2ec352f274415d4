/**
 * What people asked in their conversations, in a file of its own beside the catalogue: it is about people, not documents, and
 * may be deleted at any time. Nothing of an answer is kept but the ids of what it cited.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ConversationTurn, KeptConversation } from '../core/conversations.ts';
import { toCatalogError } from './sqlite-connection.ts';

export interface SqliteConversationsOptions {
  readonly path: string;
  /** Turns older than this are deleted when the next one is kept. */
  readonly retentionDays: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Of a conversation, and of a person in all; the oldest go first. */
const turnsOfConversation = 50;
const turnsOfPerson = 2_000;
/** A title says what was asked first, and goes with that question. */
const dropTitles = 'DELETE FROM titles WHERE turn_id NOT IN (SELECT id FROM turns)';
const dayMs = 86_400_000;
const busyTimeoutMs = 5_000;

export class SqliteConversations {
  readonly #options: SqliteConversationsOptions;
  #database: DatabaseSync | undefined;

  constructor(options: SqliteConversationsOptions) {
    this.#options = options;
  }

  /** The last ones that are not too old, oldest first. */
  async turns(principalId: string, conversationId: string, limit: number): Promise<readonly ConversationTurn[]> {
    return this.#work((database) =>
      database
        .prepare(
          `SELECT question, chunk_ids FROM turns
           WHERE principal_id = ? AND conversation_id = ? AND at >= ? ORDER BY id DESC LIMIT ?`,
        )
        .all(principalId, conversationId, this.#oldest(), limit)
        .reverse()
        .map((row) => ({ question: String(row.question), chunkIds: JSON.parse(String(row.chunk_ids)) as string[] })),
    );
  }

  /** Those with the latest questions first. */
  async list(principalId: string, limit: number): Promise<readonly KeptConversation[]> {
    return this.#work((database) =>
      database
        .prepare(
          `SELECT kept.*, first.question AS first_question, titles.title AS title
           FROM (
             SELECT conversation_id, COUNT(*) AS questions, MIN(id) AS first_id, MAX(id) AS last_id,
               MIN(at) AS started_at, MAX(at) AS last_at
             FROM turns WHERE principal_id = ? AND at >= ? GROUP BY conversation_id ORDER BY last_id DESC LIMIT ?
           ) AS kept
           JOIN turns AS first ON first.id = kept.first_id
           LEFT JOIN titles ON titles.turn_id = kept.first_id
           ORDER BY kept.last_id DESC`,
        )
        .all(principalId, this.#oldest(), limit)
        .map((row) => ({
          id: String(row.conversation_id),
          firstQuestion: String(row.first_question),
          title: row.title === null ? null : String(row.title),
          questions: Number(row.questions),
          startedAt: Number(row.started_at),
          lastAt: Number(row.last_at),
        })),
    );
  }

  /** Nothing where the conversation was removed meanwhile. */
  async setTitle(principalId: string, conversationId: string, title: string): Promise<void> {
    this.#work((database) =>
      database
        .prepare(
          `INSERT OR REPLACE INTO titles (turn_id, title)
           SELECT MIN(id), ? FROM turns WHERE principal_id = ? AND conversation_id = ? AND at >= ? HAVING MIN(id) IS NOT NULL`,
        )
        .run(title, principalId, conversationId, this.#oldest()),
    );
  }

  async remove(principalId: string, conversationId: string): Promise<void> {
    this.#transaction((database) => {
      database
        .prepare('DELETE FROM turns WHERE principal_id = ? AND conversation_id = ?')
        .run(principalId, conversationId);
      database.exec(dropTitles);
    });
  }

  async record(principalId: string, conversationId: string, turn: ConversationTurn): Promise<void> {
    this.#transaction((database) => {
      database
        .prepare('INSERT INTO turns (principal_id, conversation_id, at, question, chunk_ids) VALUES (?, ?, ?, ?, ?)')
        .run(principalId, conversationId, this.#options.now(), turn.question, JSON.stringify(turn.chunkIds));
      database.prepare('DELETE FROM turns WHERE at < ?').run(this.#oldest());
      const last = 'SELECT id FROM turns WHERE principal_id = ?';
      database
        .prepare(
          `DELETE FROM turns WHERE principal_id = ? AND conversation_id = ?
           AND id NOT IN (${last} AND conversation_id = ? ORDER BY id DESC LIMIT ?)`,
        )
        .run(principalId, conversationId, principalId, conversationId, turnsOfConversation);
      database
        .prepare(`DELETE FROM turns WHERE principal_id = ? AND id NOT IN (${last} ORDER BY id DESC LIMIT ?)`)
        .run(principalId, principalId, turnsOfPerson);
      database.exec(dropTitles);
    });
  }

  close(): void {
    if (this.#database?.isOpen === true) this.#database.close();
  }

  #oldest(): number {
    return this.#options.now() - this.#options.retentionDays() * dayMs;
  }

  #transaction(write: (database: DatabaseSync) => void): void {
    this.#work((database) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        write(database);
        database.exec('COMMIT');
      } catch (thrown) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw thrown;
      }
    });
  }

  #work<T>(work: (database: DatabaseSync) => T): T {
    const { path } = this.#options;
    try {
      this.#database ??= open(path);
      return work(this.#database);
    } catch (thrown) {
      throw toCatalogError(thrown, path);
    }
  }
}

/** Made at the first conversation, so that whoever has none has no such file. */
function open(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;');
  database.exec(`
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
  `);
  return database;
}
