// The journal in one SQLite file. Write-ahead logging with full synchronisation: an acknowledged change survives a kill
// of the process and a power cut.
import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { isObject, type JsonObject } from '../json.ts';
import { type Change, type Journal, type JournalContent, JournalError } from './journal.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS objects (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (resource, namespace, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS changes (
    revision INTEGER PRIMARY KEY, type TEXT NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL,
    name TEXT NOT NULL, value TEXT NOT NULL, previous TEXT
  );
  CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, revision INTEGER NOT NULL);
  INSERT OR IGNORE INTO marks VALUES ('compacted', 0), ('revision', 0);
`;

/** SQLite's result codes that mean "no room": SQLITE_FULL, and SQLITE_IOERR_WRITE as some file systems report it. */
const NO_ROOM = new Set([13, 778]);
const SQLITE_BUSY = 5;

export class SqliteJournal implements Journal {
  readonly #lock: DatabaseSync;
  readonly #database: DatabaseSync;
  readonly #putObject: StatementSync;
  readonly #dropObject: StatementSync;
  readonly #putChange: StatementSync;
  readonly #mark: StatementSync;

  /** Opens or makes the file. `maxPages` bounds its size in SQLite pages (4 KiB each). Throws JournalError. */
  constructor(path: string, { maxPages }: { readonly maxPages?: number } = {}) {
    guard(`cannot create ${path}`, () => keepPrivate(path));
    this.#lock = guard(`cannot lock ${path}`, () => lockFor(path));
    this.#database = guard(`cannot open ${path}`, () => new DatabaseSync(path, { timeout: 1000 }));
    guard(`cannot prepare ${path}`, () => {
      this.#database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=4194304;');
      this.#database.exec(SCHEMA);
      if (maxPages !== undefined) this.#database.exec(`PRAGMA max_page_count=${maxPages}`);
    });
    this.#putObject = this.#database.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)');
    this.#dropObject = this.#database.prepare('DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?');
    this.#putChange = this.#database.prepare('INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#mark = this.#database.prepare('UPDATE marks SET revision = ? WHERE name = ?');
  }

  load(): JournalContent {
    const objects = this.#database.prepare('SELECT resource, value FROM objects').all();
    const changes = this.#database.prepare('SELECT * FROM changes ORDER BY revision').all();
    return {
      compacted: this.#readMark('compacted'),
      revision: this.#readMark('revision'),
      objects: objects.map((row) => ({ resource: text(row['resource']), object: parse(row['value']) })),
      changes: changes.map(readChange),
    };
  }

  append(change: Change): void {
    const { revision, type, resource, namespace, name } = change;
    const value = JSON.stringify(change.object);
    const previous = change.previous === undefined ? null : JSON.stringify(change.previous);
    this.#transaction('the change could not be stored', () => {
      if (type === 'DELETED') this.#dropObject.run(resource, namespace, name);
      else this.#putObject.run(resource, namespace, name, value);
      this.#putChange.run(revision, type, resource, namespace, name, value, previous);
      this.#mark.run(revision, 'revision');
    });
  }

  compact(revision: number): void {
    this.#transaction('the journal could not be compacted', () => {
      this.#database.prepare('DELETE FROM changes WHERE revision <= ?').run(revision);
      this.#mark.run(revision, 'compacted');
    });
  }

  close(): void {
    this.#database.close();
    this.#lock.close();
  }

  #transaction(problem: string, run: () => void): void {
    guard(problem, () => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        run();
        this.#database.exec('COMMIT');
      } catch (error) {
        // SQLite rolls back by itself on some errors (SQLITE_FULL among them); asking again would be an error.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #readMark(name: string): number {
    return Number(this.#database.prepare('SELECT revision FROM marks WHERE name = ?').get(name)?.['revision']);
  }
}

/** Secrets are in it: the file is its owner's alone, and SQLite's files beside it take after it. */
function keepPrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

/**
 * Two servers on one file would each go on from their own memory. The lock lies in a file beside the data, so that the
 * data can be read and backed up meanwhile; the kernel drops it with the process.
 */
function lockFor(path: string): DatabaseSync {
  const file = `${path}.lock`;
  keepPrivate(file);
  const lock = new DatabaseSync(file, { timeout: 1000 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (Error.isError(error) && 'errcode' in error && error.errcode === SQLITE_BUSY)
      throw new Error('another server uses it', { cause: error });
    throw error;
  }
}

function guard<T>(problem: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const why = Error.isError(error) ? error.message : String(error);
    const code = Error.isError(error) && 'errcode' in error ? Number(error.errcode) : 0;
    throw new JournalError(NO_ROOM.has(code) ? 'DISK_FULL' : 'IO', `${problem}: ${why}`, error);
  }
}

function readChange(row: Record<string, unknown>): Change {
  const type = text(row['type']);
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') throw new Error(`bug: change of type ${type}`);
  return {
    revision: Number(row['revision']),
    type,
    resource: text(row['resource']),
    namespace: text(row['namespace']),
    name: text(row['name']),
    object: parse(row['value']),
    previous: row['previous'] === null ? undefined : parse(row['previous']),
  };
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('bug: a column that is not text');
  return value;
}

function parse(value: unknown): JsonObject {
  const object: unknown = JSON.parse(text(value));
  if (!isObject(object)) throw new Error('bug: a stored value that is no object');
  return object;
}
