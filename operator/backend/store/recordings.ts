import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { bodyKey } from '../match/body-key.ts';
import { withoutPort, type IgnorableField } from '../match/match-fields.ts';
import { variantOf, type Variant } from '../match/variant.ts';
import { exchangeOf, type ExchangeRequest, type RequestKey } from '../protocol/exchange.ts';
import { decodeTraces, encodeTraces, spansOf, type ResourceSpan } from '../protocol/otlp.ts';
import { migrate, openDatabase } from './database.ts';
import { whereOf, type RecordingFilter } from './recording-filter.ts';

/** What the store may hold. The oldest recordings go first. */
export interface RecordingLimits {
  readonly countMax: number;
  /** Bytes of all recordings as the filter sent them. */
  readonly bytesMax: number;
}

const mebibyte = 1024 ** 2;
const diskLimits: RecordingLimits = { countMax: 10_000, bytesMax: 1024 * mebibyte };
const memoryLimits: RecordingLimits = { countMax: 10_000, bytesMax: 256 * mebibyte };

/** One line of a list of recordings. */
export interface RecordingSummary extends RequestKey {
  readonly id: number;
  /** RFC 3339. */
  readonly recordedAt: string;
  readonly status: number;
  /** `none`, `unknown` or a digest; null when a part of the body is missing. */
  readonly bodyKey: string | null;
  /** An incomplete recording is kept to be looked at; it never answers a request. */
  readonly truncated: boolean;
  readonly sizeBytes: number;
}

const columns = `id, recorded_at AS recordedAt, session, service, direction, method, host, path, status,
  body_key AS bodyKey, truncated, length(traces) AS sizeBytes`;

const insertStatement = `INSERT INTO recording (recorded_at, session, service, direction, method, host, hostname, path,
    body_key, variant, status, truncated, traces)
  VALUES (:recordedAt, :session, :service, :direction, :method, :host, :hostname, :path,
    :bodyKey, :variant, :status, :truncated, :traces)`;

/** A recording whose key matches; `select` decides whether it may answer. */
export interface Candidate {
  readonly id: number;
  readonly variant: Variant;
}

type Row = Readonly<Record<string, unknown>>;

/** Recorded exchanges, kept in SQLite as the spans that the filter sent. */
export class Recordings {
  readonly #database: DatabaseSync;
  readonly #limits: RecordingLimits;
  readonly #statements = new Map<string, StatementSync>();
  #count: number;
  #bytes: number;
  #lastId: number;

  /** @param path of the database file, made if absent with its directory; `:memory:` keeps nothing. */
  constructor(path: string, limits: RecordingLimits = path === ':memory:' ? memoryLimits : diskLimits) {
    this.#database = openDatabase(path);
    this.#limits = limits;
    migrate(this.#database, ({ recordedAt, traces }) => {
      for (const recorded of spansOf(decodeTraces(traces))) this.#insert(recorded, recordedAt);
    });
    const totals = this.#database
      .prepare(
        `SELECT count(*) AS count, coalesce(sum(length(traces)), 0) AS bytes, coalesce(max(id), 0) AS lastId
         FROM recording`,
      )
      .get() as { count: number; bytes: number; lastId: number };
    this.#count = totals.count;
    this.#bytes = totals.bytes;
    this.#lastId = totals.lastId;
  }

  /** Keeps the exchange of one span, and returns its id. @throws when the span lacks a part of the exchange. */
  save(recorded: ResourceSpan): number {
    const { id, bytes } = this.#insert(recorded, new Date().toISOString());
    this.#count += 1;
    this.#bytes += bytes;
    this.#lastId = id;
    this.#dropOldest();
    return id;
  }

  #insert(recorded: ResourceSpan, recordedAt: string): { id: number; bytes: number } {
    const exchange = exchangeOf(recorded);
    const { requestBody, responseBody } = exchange;
    const isCutRequest = typeof requestBody !== 'string' && requestBody.truncated;
    const traces = encodeTraces({
      resourceSpans: [
        {
          resource: { attributes: [...recorded.resourceAttributes] },
          scopeSpans: [{ spans: [recorded.span] }],
        },
      ],
    });
    const { lastInsertRowid } = this.#prepared(insertStatement).run({
      ...exchange.key,
      hostname: withoutPort(exchange.key.host),
      recordedAt,
      bodyKey: bodyKey(exchange) ?? null,
      variant: JSON.stringify(variantOf(exchange)),
      status: exchange.status,
      truncated: Number(isCutRequest || (responseBody?.truncated ?? false)),
      traces,
    });
    return { id: Number(lastInsertRowid), bytes: traces.length };
  }

  /** Recordings of the same key, lazily. */
  *candidates(
    { key, ...request }: ExchangeRequest,
    options: { readonly ignored: readonly IgnorableField[]; readonly newestFirst: boolean },
  ): Generator<Candidate> {
    const digest = bodyKey({ key, ...request });
    if (digest === undefined) return;
    const { ignored, newestFirst } = options;
    const compared = (['session', 'service', 'direction'] as const).filter((name) => !ignored.includes(name));
    const conditions: [string, string][] = [
      ['path', key.path],
      ['method', key.method],
      ['body_key', digest],
      ...compared.map((name): [string, string] => [name, key[name]]),
    ];
    if (!ignored.includes('host')) {
      conditions.push(ignored.includes('port') ? ['hostname', withoutPort(key.host)] : ['host', key.host]);
    }
    const rows = this.#prepared(
      `SELECT id, variant FROM recording
       WHERE ${conditions.map(([name]) => `${name} = ?`).join(' AND ')} AND truncated = 0
       ORDER BY id ${newestFirst ? 'DESC' : 'ASC'}`,
    ).iterate(...conditions.map(([, value]) => value));
    for (const row of rows) yield { id: row['id'] as number, variant: variantIn(row) };
  }

  /** Recordings up to `lastId` that resemble a request in one way or another. */
  similar(key: RequestKey, countMax: number, lastId: number): (RecordingSummary & Candidate)[] {
    // Same path, same path without the query, same host, same session, and the newest: one of them is the nearest.
    const pathOnly = `${key.path.split('?', 1)[0]}`;
    const kinds: [condition: string, value: string][] = [
      ['path = ?1', key.path],
      [`(path = ?1 OR substr(path, 1, length(?1) + 1) = ?1 || '?')`, pathOnly],
      ['host = ?1', key.host],
      ['session = ?1', key.session],
      [`'' <> ?1`, 'newest'],
    ];
    const found = new Map<number, RecordingSummary & Candidate>();
    for (const [condition, value] of kinds) {
      const rows = this.#database
        .prepare(
          `SELECT ${columns}, variant FROM recording WHERE ${condition} AND id <= ?2 ORDER BY id DESC LIMIT ?3`,
        )
        .all(value, lastId, countMax);
      for (const row of rows) found.set(row['id'] as number, { ...summaryOf(row), variant: variantIn(row) });
    }
    return [...found.values()];
  }

  /** Newest first. @param filter all recordings without one. */
  list(filter: RecordingFilter = {}): RecordingSummary[] {
    const { condition, values } = whereOf(filter);
    return this.#database
      .prepare(`SELECT ${columns} FROM recording ${condition} ORDER BY id DESC LIMIT ?`)
      .all(...values, filter.limit ?? 200)
      .map(summaryOf);
  }

  countOf(filter: RecordingFilter): number {
    const { condition, values } = whereOf(filter);
    const row = this.#database.prepare(`SELECT count(*) AS count FROM recording ${condition}`).get(...values);
    return row?.['count'] as number;
  }

  /** The recorded span with its resource. */
  span(id: number): ResourceSpan | undefined {
    const row = this.#prepared('SELECT traces FROM recording WHERE id = ?').get(id) as
      { traces: Uint8Array } | undefined;
    return row && spansOf(decodeTraces(row.traces))[0];
  }

  summary(id: number): RecordingSummary | undefined {
    const row = this.#database.prepare(`SELECT ${columns} FROM recording WHERE id = ?`).get(id);
    return row && summaryOf(row);
  }

  /** All recorded spans that a filter finds, oldest first. */
  *spans(filter: RecordingFilter): Generator<ResourceSpan> {
    const { condition, values } = whereOf(filter);
    const rows = this.#database
      .prepare(`SELECT traces FROM recording ${condition} ORDER BY id LIMIT ?`)
      .iterate(...values, filter.limit ?? this.#limits.countMax);
    for (const row of rows) yield* spansOf(decodeTraces(row['traces'] as Uint8Array));
  }

  /** @returns how many were deleted. */
  delete(filter: RecordingFilter): number {
    const { condition, values } = whereOf(filter);
    const deleted = this.#database
      .prepare(`DELETE FROM recording ${condition} RETURNING length(traces) AS bytes`)
      .all(...values) as { bytes: number }[];
    this.#count -= deleted.length;
    for (const { bytes } of deleted) this.#bytes -= bytes;
    return deleted.length;
  }

  get count(): number {
    return this.#count;
  }

  /** Id of the newest recording so far; 0 without one. */
  get lastId(): number {
    return this.#lastId;
  }

  close(): void {
    this.#database.close();
  }

  /** A statement of the data plane, compiled once. Never one that is read while others run. */
  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
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

function summaryOf(row: Row): RecordingSummary {
  return { ...row, truncated: row['truncated'] === 1 } as unknown as RecordingSummary;
}

function variantIn(row: Row): Variant {
  return JSON.parse(row['variant'] as string) as Variant;
}
