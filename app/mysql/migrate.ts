import type { Log } from "../log";
import { MIGRATIONS, type Migration } from "./migrations";
import type { Connections, Session } from "./pool";
import { deadlineIn } from "./retry";

/** Longest time for one statement and for all of them, in milliseconds; a replica that is away delays commits. */
const STATEMENT_MS = 30_000;
const ALL_MS = 60_000;

/** Seconds to wait for another host that is migrating, before asking afresh. */
const LOCK_SECONDS = 2;

const VERSIONS = `CREATE TABLE IF NOT EXISTS schema_versions (
  version INT UNSIGNED NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  applied_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3))
) ENGINE = InnoDB`;

/**
 * Brings the schema to the newest version, once, however many hosts ask at the same time: a named lock on the
 * primary lets one of them in, and the others find the work done. A schema that is newer than this program is
 * left as it is (the old and the new program run side by side during a roll).
 *
 * @returns the versions that this call applied.
 * @throws when the server is a replica, when another host holds the lock, or when a statement fails: nothing
 * is lost then, and the caller tries again.
 */
export async function migrate(primary: Connections, migrations: Migration[] = MIGRATIONS): Promise<number[]> {
  return primary.with(deadlineIn(ALL_MS), async (session) => {
    await refuseReplica(session);
    if (missing(migrations, await readVersion(session)).length === 0) return [];
    const lock = ["foobar.migrate", LOCK_SECONDS];
    const [{ held }] = await session.rows("SELECT GET_LOCK(?, ?) AS held", lock, STATEMENT_MS);
    if (held !== 1) throw new Error("migration: want the lock, got none; another host is migrating");
    // Not released after an error: the connection is closed then, and the lock goes with it.
    const applied = await applyMissing(session, migrations);
    await session.rows("SELECT RELEASE_LOCK(?)", lock.slice(0, 1), STATEMENT_MS);
    return applied;
  });
}

/** Repeats `migrate` until it succeeds or `signal` says stop: a database may start long after its clients. */
export async function migrateWhenPossible(
  primary: Connections,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  let last = "";
  while (!signal.aborted) {
    try {
      const applied = await migrate(primary);
      log("info", "migrated", { applied: applied.map(String) });
      return;
    } catch (error) {
      const reason = (error as Error).message;
      if (reason !== last) log("warning", "migration waits", { reason });
      last = reason;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function refuseReplica(session: Session): Promise<void> {
  const [row] = await session.rows(
    "SELECT @@hostname AS host, @@GLOBAL.read_only OR @@GLOBAL.super_read_only AS readOnly",
    [],
    STATEMENT_MS,
  );
  if (Number(row.readOnly) !== 0) {
    throw new Error(`migration: want the primary, got ${String(row.host)}, which is read only`);
  }
}

async function readVersion(session: Session): Promise<number> {
  try {
    const [row] = await session.rows("SELECT MAX(version) AS version FROM schema_versions", [], STATEMENT_MS);
    return Number(row.version ?? 0);
  } catch (error) {
    if ((error as { errno?: number }).errno === 1146) return 0; // no such table: an empty database
    throw error;
  }
}

async function applyMissing(session: Session, migrations: Migration[]): Promise<number[]> {
  await session.change(VERSIONS, [], STATEMENT_MS);
  const todo = missing(migrations, await readVersion(session));
  for (const { version, name, statements } of todo) {
    await session.plain("START TRANSACTION", STATEMENT_MS);
    for (const statement of statements) await session.plain(statement, STATEMENT_MS);
    await session.change(
      "INSERT INTO schema_versions (version, name) VALUES (?, ?)",
      [version, name],
      STATEMENT_MS,
    );
    await session.plain("COMMIT", STATEMENT_MS);
  }
  return todo.map(({ version }) => version);
}

function missing(migrations: Migration[], version: number): Migration[] {
  return migrations.filter((migration) => migration.version > version);
}
