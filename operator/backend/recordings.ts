import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { answerAttributes, bodyDigest, exchangeOf, type Exchange, type RequestKey } from './exchange.ts';
import { decodeTraces, encodeTraces, spansOf, type ResourceSpan } from './otlp.ts';

/** What the disk may hold. The oldest recordings go first. */
export interface RecordingLimits {
  readonly countMax: number;
  /** Bytes of all recordings as the filter sent them. */
  readonly bytesMax: number;
}

export const defaultLimits: RecordingLimits = { countMax: 10_000, bytesMax: 1024 ** 3 };

/** One line of a list of recordings. */
export interface RecordingSummary extends RequestKey {
  readonly id: number;
  /** RFC 3339. */
  readonly recordedAt: string;
  readonly status: number;
  /** Of the request's body; null without one. */
  readonly bodyDigest: string | null;
  /** A cut recording is kept to be looked at; it never answers a request. */
  readonly truncated: boolean;
  readonly sizeBytes: number;
}

const columns = `id, recorded_at AS recordedAt, session, service, direction, method, host, path, status,
  body_digest AS bodyDigest, truncated, length(traces) AS sizeBytes`;

const schema = `
  CREATE TABLE IF NOT EXISTS recording (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recorded_at TEXT NOT NULL,
    session TEXT NOT NULL, service TEXT NOT NULL, direction TEXT NOT NULL,
    method TEXT NOT NULL, host TEXT NOT NULL, path TEXT NOT NULL,
    body_digest TEXT,
    status INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    traces BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS recording_by_request
    ON recording (session, service, direction, method, host, path, body_digest, id);`;

const sameRequest = `session = :session AND service = :service AND direction = :direction
  AND method = :method AND host = :host AND path = :path AND truncated = 0`;

/** Recorded exchanges, kept in SQLite as the spans that the filter sent. */
export class Recordings {
  readonly #database: DatabaseSync;
  readonly #limits: RecordingLimits;
  #count: number;
  #bytes: number;

  /** @param path of the database file, made if absent with its directory; `:memory:` keeps nothing. */
  constructor(path: string, limits: RecordingLimits = defaultLimits) {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    this.#database = new DatabaseSync(path);
    // A crash of the machine may lose the last moments, never the file: good enough for development, and fast.
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${schema}`);
    this.#limits = limits;
    const totals = this.#database
      .prepare('SELECT count(*) AS count, coalesce(sum(length(traces)), 0) AS bytes FROM recording')
      .get() as { count: number; bytes: number };
    this.#count = totals.count;
    this.#bytes = totals.bytes;
  }

  /** Keeps the exchange of one span. @throws when the span does not tell a whole exchange. */
  save(recorded: ResourceSpan): void {
    const exchange = exchangeOf(recorded);
    if (exchange.status === undefined)
      throw new Error(`span "${recorded.span.name ?? ''}" has no attribute http.response.status_code`);
    const traces = encodeTraces({
      resourceSpans: [
        {
          resource: { attributes: [...recorded.resourceAttributes] },
          scopeSpans: [{ spans: [recorded.span] }],
        },
      ],
    });
    this.#database
      .prepare(
        `INSERT INTO recording
           (recorded_at, session, service, direction, method, host, path, body_digest, status, truncated, traces)
         VALUES (:recordedAt, :session, :service, :direction, :method, :host, :path, :bodyDigest, :status, :truncated,
           :traces)`,
      )
      .run({
        ...exchange.key,
        recordedAt: new Date().toISOString(),
        bodyDigest: bodyDigest(exchange.requestBody) ?? null,
        status: exchange.status,
        truncated: Number(exchange.requestBody?.truncated || exchange.responseBody?.truncated || false),
        traces,
      });
    this.#count += 1;
    this.#bytes += traces.length;
    this.#dropOldest();
  }

  /**
   * The newest recording of the same request, as a message to answer with. A request without a body is one that the
   * filter looked up by its headers alone: it matches whatever body was recorded.
   */
  find(lookup: Exchange): { readonly id: number; readonly answer: Uint8Array } | undefined {
    const digest = bodyDigest(lookup.requestBody);
    const byBody = digest === undefined ? '' : 'AND body_digest = :digest';
    const row = this.#database
      .prepare(`SELECT id, traces FROM recording WHERE ${sameRequest} ${byBody} ORDER BY id DESC LIMIT 1`)
      .get(digest === undefined ? { ...lookup.key } : { ...lookup.key, digest }) as
      { id: number; traces: Uint8Array } | undefined;
    if (!row) return undefined;
    const answer = spansOf(decodeTraces(row.traces)).map(({ span }) => ({
      ...span,
      attributes: answerAttributes(span.attributes ?? []),
    }));
    return { id: row.id, answer: encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans: answer }] }] }) };
  }

  /** Newest first. */
  list(countMax = 200): RecordingSummary[] {
    return this.#database
      .prepare(`SELECT ${columns} FROM recording ORDER BY id DESC LIMIT ?`)
      .all(countMax)
      .map((row) => ({ ...row, truncated: row['truncated'] === 1 }) as unknown as RecordingSummary);
  }

  /** The whole exchange of one recording. */
  exchange(id: number): Exchange | undefined {
    const row = this.#database.prepare('SELECT traces FROM recording WHERE id = ?').get(id) as
      { traces: Uint8Array } | undefined;
    const [recorded] = row ? spansOf(decodeTraces(row.traces)) : [];
    return recorded && exchangeOf(recorded);
  }

  get count(): number {
    return this.#count;
  }

  close(): void {
    this.#database.close();
  }

  #dropOldest(): void {
    while (this.#count > this.#limits.countMax || (this.#bytes > this.#limits.bytesMax && this.#count > 1)) {
      const dropped = this.#database
        .prepare(
          'DELETE FROM recording WHERE id = (SELECT min(id) FROM recording) RETURNING length(traces) AS bytes',
        )
        .get() as { bytes: number };
      this.#count -= 1;
      this.#bytes -= dropped.bytes;
    }
  }
}
