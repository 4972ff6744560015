import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Only `traces` is the truth: all other columns are derived from it, to find and list recordings. */
const version = 5;

const schema = `
  CREATE TABLE recording (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recorded_at TEXT NOT NULL,
    session TEXT NOT NULL, service TEXT NOT NULL, direction TEXT NOT NULL,
    method TEXT NOT NULL, host TEXT NOT NULL, hostname TEXT NOT NULL, path TEXT NOT NULL,
    body_key TEXT,
    variant TEXT NOT NULL,
    status INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    traces BLOB NOT NULL
  ) STRICT;
  CREATE INDEX recording_by_request ON recording (path, method, body_key, id);
  CREATE INDEX recording_by_session ON recording (session, id);`;

/** A recording as an older version of the backend kept it. */
export interface StoredTraces {
  readonly recordedAt: string;
  readonly traces: Uint8Array;
}

/**
 * Opens the database file, or makes it with its directory.
 * @param path `:memory:` keeps nothing.
 */
export function openDatabase(path: string): DatabaseSync {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  // A crash of the machine may lose the last moments, never the file: enough for development, and fast.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  return database;
}

/** Creates the tables; recordings of another version are added again, all or none. */
export function migrate(database: DatabaseSync, add: (stored: StoredTraces) => void): void {
  const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (found === version) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    const isPresent =
      database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'recording'`).get() !== undefined;
    if (isPresent) {
      database.exec(`ALTER TABLE recording RENAME TO outdated;
        DROP INDEX IF EXISTS recording_by_request; DROP INDEX IF EXISTS recording_by_session`);
    }
    database.exec(schema);
    if (isPresent) {
      const rows = database.prepare('SELECT recorded_at AS recordedAt, traces FROM outdated ORDER BY id');
      for (const row of rows.iterate()) add(row as unknown as StoredTraces);
      database.exec('DROP TABLE outdated');
    }
    database.exec(`PRAGMA user_version = ${version}; COMMIT`);
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
