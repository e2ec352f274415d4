/**
 * What operators decided of texts that are not where they were, found by what they say: a file that was moved and edited at once, or
 * whose name went to another one, bears neither the name nor the bytes by which the decision is known.
 */
import type { AccessLabel } from '../access/label.ts';
import { estimatedJaccard, type Signature } from '../core/minhash.ts';
import type { PastDecision } from './catalog.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { signatureOfBytes } from './sqlite-duplicates.ts';

/** As git asks of a renamed file. */
const leastWithName = 0.5;
/** More, because forms and reports of one template share much. */
const leastWithoutName = 0.7;

interface DecisionRow {
  readonly uri: string;
  readonly signature: Uint8Array;
  /** Null where the document was removed. */
  readonly label: string | null;
}

export class SqlitePastDecisions {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** Before the document and its signature go. */
  keepOf(documentId: string): void {
    this.#connection.run(
      `INSERT OR REPLACE INTO past_signatures (uri, signature)
       SELECT d.uri, s.signature FROM documents d JOIN signatures s ON s.document_id = d.document_id
       WHERE d.document_id = :documentId AND (
         d.is_label_overridden = 1 OR EXISTS (SELECT 1 FROM files f WHERE f.uri = d.uri AND f.state = 'excluded'))`,
      { documentId },
    );
  }

  /** Before another text takes the document's place, unless that is the same one edited. */
  keepReplaced(documentId: string, next: Signature | null): void {
    const row = this.#connection.get<Pick<DecisionRow, 'signature'>>(
      `SELECT s.signature FROM documents d JOIN signatures s ON s.document_id = d.document_id
       WHERE d.document_id = :documentId AND d.is_label_overridden = 1`,
      { documentId },
    );
    if (row === undefined) return;
    if (next === null || estimatedJaccard(signatureOfBytes(row.signature), next) < leastWithName)
      this.keepOf(documentId);
  }

  move(from: string, to: string): void {
    this.#connection.run('UPDATE OR REPLACE past_signatures SET uri = :to WHERE uri = :from', { from, to });
  }

  decidedAmong(uris: readonly string[]): readonly string[] {
    return this.#connection
      .all<{ uri: string }>(
        `SELECT u.value AS uri FROM json_each(:uris) u
         WHERE EXISTS (SELECT 1 FROM documents d WHERE d.uri = u.value AND d.is_label_overridden = 1)
           OR EXISTS (SELECT 1 FROM files f WHERE f.uri = u.value AND f.state = 'excluded')`,
        { uris: JSON.stringify(uris) },
      )
      .map(({ uri }) => uri);
  }

  /** Forgets what no decision is left of. */
  sweep(): void {
    this.#connection.run(
      `DELETE FROM past_signatures AS p WHERE NOT EXISTS (SELECT 1 FROM label_overrides o WHERE o.uri = p.uri)
       AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.uri = p.uri AND d.is_label_overridden = 1)
       AND NOT EXISTS (SELECT 1 FROM files f WHERE f.uri = p.uri AND f.state = 'excluded')`,
    );
  }

  /** A removed one whose file is as it was has not moved, nor has a relabelled one that says what it said. */
  all(displaced: readonly string[]): readonly DecisionRow[] {
    return this.#connection.all<DecisionRow>(
      `WITH displaced AS (SELECT value AS uri FROM json_each(:displaced))
       SELECT p.uri, p.signature, l.label FROM past_signatures p
         JOIN label_overrides o ON o.uri = p.uri JOIN labels l ON l.label_id = o.label_id
         WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.uri = p.uri)
       UNION ALL
       SELECT p.uri, p.signature, l.label FROM past_signatures p
         JOIN documents d ON d.uri = p.uri AND d.is_label_overridden = 1 JOIN labels l ON l.label_id = d.label_id
       UNION ALL
       SELECT d.uri, s.signature, l.label FROM displaced JOIN documents d ON d.uri = displaced.uri AND d.is_label_overridden = 1
         JOIN signatures s ON s.document_id = d.document_id JOIN labels l ON l.label_id = d.label_id
       UNION ALL
       SELECT p.uri, p.signature, NULL FROM displaced JOIN past_signatures p ON p.uri = displaced.uri
         JOIN files f ON f.uri = p.uri AND f.state = 'excluded'
       ORDER BY 1`,
      { displaced: JSON.stringify(displaced) },
    );
  }

  /** `before`: of the document's own text until now; what that resembled already was decided of another document. */
  among(
    rows: readonly DecisionRow[],
    uri: string,
    signature: Signature,
    before: Signature | undefined,
  ): readonly PastDecision[] {
    const decisions = rows.flatMap(({ uri: past, signature: bytes, label }): PastDecision[] => {
      const pastSignature = signatureOfBytes(bytes);
      const least = nameOf(past) === nameOf(uri) ? leastWithName : leastWithoutName;
      const isLike = (text: Signature) => estimatedJaccard(pastSignature, text) >= least;
      if (!isLike(signature) || (before !== undefined && isLike(before))) return [];
      return [{ uri: past, label: label === null ? null : (JSON.parse(label) as AccessLabel) }];
    });
    return [...new Map(decisions.map((decision) => [decision.uri, decision])).values()];
  }
}

function nameOf(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}
