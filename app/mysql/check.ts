import type { RowDataPacket } from "mysql2";
import type { SideState } from "../messages";
import { MIGRATIONS } from "./migrations";
import type { Connections } from "./pool";
import { deadlineIn } from "./retry";
import { SERVER, servedByOf } from "./rows";

/** Longest check of one side, in milliseconds; those who ask (nginx, HAProxy) wait one to two seconds. */
const CHECK_MS = 1000;

/** The schema version that this program needs. */
const NEEDED = Math.max(...MIGRATIONS.map(({ version }) => version));

/** Whether a page can be served: this server must have the schema that this program needs. */
export async function checkRead(connections: Connections): Promise<SideState> {
  const sql = `${SERVER}, (SELECT MAX(version) FROM schema_versions) AS version, (SELECT MAX(id) FROM messages) AS newest`;
  return check(connections, sql, ({ version }) =>
    Number(version) < NEEDED ? `schema is at version ${Number(version)}, want ${NEEDED}` : undefined,
  );
}

/** Whether a message could be added: the server must take writes. */
export function checkWrite(connections: Connections): Promise<SideState> {
  return check(connections, SERVER, ({ readOnly }) =>
    Number(readOnly) === 0 ? undefined : "it is read only",
  );
}

/** Those who ask while an answer is being found share it: checks cannot pile up on a slow database. */
export function shareInFlight<T>(find: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () => (current ??= find().finally(() => (current = undefined)));
}

async function check(
  connections: Connections,
  sql: string,
  problem: (row: RowDataPacket) => string | undefined,
): Promise<SideState> {
  const start = performance.now();
  const deadline = deadlineIn(CHECK_MS);
  try {
    const [row] = await connections.with(deadline, (session) => session.rows(sql, [], deadline.left()));
    const servedBy = servedByOf(row);
    const found = problem(row);
    if (found !== undefined) return { ok: false, reason: `${servedBy.host}: ${found}` };
    return { ok: true, servedBy, ms: Math.round(performance.now() - start) };
  } catch (error) {
    return { ok: false, reason: (error as Error).message || "no connection" };
  }
}
