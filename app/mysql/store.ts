import type { Settings } from "../environment";
import type { Log } from "../log";
import {
  type AddResult,
  type Draft,
  KeyReusedError,
  type ListQuery,
  type ListResult,
  type Message,
  type MessageStore,
  type ServedBy,
  type StoreState,
  StoreUnavailableError,
} from "../messages";
import { checkRead, checkWrite, shareInFlight } from "./check";
import { Connections, type Session } from "./pool";
import { deadlineIn, isPassing, repeatWhilePassing } from "./retry";
import { COLUMNS, SERVER, messageOf, servedByOf } from "./rows";

/** Longest time for one request to the database, tries included; a restart of MySQL takes 1 to 4 s. */
const REQUEST_MS = 10_000;

/** Longest time for one statement; a write waits for a replica's receipt. */
const READ_MS = 3000;
const WRITE_MS = 5000;

/** Longest look at the primary for a message that the replica does not have yet. */
const CATCH_UP_MS = 2000;

/** Connections to each side; three hosts make 66, MySQL's default allows 151. */
const POOL_SIZE = 10;

// One statement for the page and for who served it: two could be answered by different roles.
const LIST = `SELECT s.*, m.* FROM (${SERVER}, EXISTS (SELECT 1 FROM messages WHERE id = ?) AS hasSeen) AS s
  LEFT JOIN (SELECT ${COLUMNS} FROM messages WHERE id < ? ORDER BY id DESC LIMIT ?) AS m ON TRUE
  ORDER BY m.id DESC`;
const FIND = `SELECT s.*, m.* FROM (${SERVER}) AS s
  LEFT JOIN (SELECT ${COLUMNS} FROM messages WHERE id = ?) AS m ON TRUE`;
const FIND_BY_KEY = `SELECT s.*, m.* FROM (${SERVER}) AS s
  JOIN (SELECT ${COLUMNS} FROM messages WHERE idempotency_key = ?) AS m ON TRUE`;
const INSERT = "INSERT INTO messages (idempotency_key, author, body) VALUES (?, ?, ?)";

/**
 * Messages in MySQL: reads go to the read address, writes to the write address.
 *
 * Every action may be repeated (a message carries a unique key), so a lost connection or a restart is a delay
 * of at most `REQUEST_MS`. People see what they wrote: whoever asks with `seen` is answered by the primary when
 * the replica does not have that message yet.
 */
export class MysqlStore implements MessageStore {
  readonly writer: Connections;
  private readonly reader: Connections;
  private readonly checks: [read: Connections, write: Connections];
  private readonly checkOnce: () => Promise<StoreState>;

  constructor(
    database: Settings["database"],
    private readonly log: Log,
  ) {
    this.writer = new Connections(database, database.write, POOL_SIZE);
    this.reader = new Connections(database, database.read, POOL_SIZE);
    // Checks have connections of their own: an overloaded host must not look like one without a database.
    this.checks = [new Connections(database, database.read, 1), new Connections(database, database.write, 1)];
    this.checkOnce = shareInFlight(async () => {
      const [read, write] = await Promise.all([checkRead(this.checks[0]), checkWrite(this.checks[1])]);
      return { read, write };
    });
  }

  async list(query: ListQuery): Promise<ListResult> {
    const replica = await this.listFrom(this.reader, query, REQUEST_MS);
    if (!replica.behind || replica.servedBy.role === "primary") return replica;
    try {
      return await this.listFrom(this.writer, query, CATCH_UP_MS);
    } catch {
      return replica; // an older page is better than none, and it says that it is behind
    }
  }

  async find(id: number): Promise<{ message?: Message; servedBy: ServedBy }> {
    const replica = await this.findFrom(this.reader, id);
    if (replica.message !== undefined || replica.servedBy.role === "primary") return replica;
    return this.findFrom(this.writer, id);
  }

  async add(draft: Draft): Promise<AddResult> {
    const { rows, repeated } = await this.run(this.writer, REQUEST_MS, async (session) => {
      let duplicate = false;
      await session
        .change(INSERT, [draft.key, draft.author, draft.text], WRITE_MS)
        .catch((error: unknown) => {
          duplicate = (error as { code?: string }).code === "ER_DUP_ENTRY";
          if (!duplicate) throw error;
        });
      return { rows: await session.rows(FIND_BY_KEY, [draft.key], READ_MS), repeated: duplicate };
    });
    const message = messageOf(rows[0]);
    if (message.author !== draft.author || message.text !== draft.text) throw new KeyReusedError();
    return { message, repeated, servedBy: servedByOf(rows[0]) };
  }

  check(): Promise<StoreState> {
    return this.checkOnce();
  }

  async close(): Promise<void> {
    await Promise.all([this.writer, this.reader, ...this.checks].map((connections) => connections.close()));
  }

  private async listFrom(side: Connections, query: ListQuery, ms: number): Promise<ListResult> {
    const { limit, before = Number.MAX_SAFE_INTEGER, seen } = query;
    // One more than wanted tells whether there is another page.
    const values = [seen ?? 0, before, limit + 1];
    const rows = await this.run(side, ms, (session) => session.rows(LIST, values, READ_MS));
    const messages = rows.filter((row) => row.id !== null).map(messageOf);
    return {
      messages: messages.slice(0, limit),
      next: messages.length > limit ? messages[limit - 1].id : undefined,
      behind: seen !== undefined && Number(rows[0].hasSeen) === 0,
      servedBy: servedByOf(rows[0]),
    };
  }

  private async findFrom(side: Connections, id: number): Promise<{ message?: Message; servedBy: ServedBy }> {
    const [row] = await this.run(side, REQUEST_MS, (session) => session.rows(FIND, [id], READ_MS));
    return { message: row.id === null ? undefined : messageOf(row), servedBy: servedByOf(row) };
  }

  private async run<T>(side: Connections, ms: number, action: (session: Session) => Promise<T>): Promise<T> {
    const deadline = deadlineIn(ms);
    try {
      return await repeatWhilePassing(
        deadline,
        () => side.with(deadline, action),
        (error, attempt) => {
          if (attempt === 1) this.log("warning", "database retry", { reason: (error as Error).message });
        },
      );
    } catch (error) {
      if (!isPassing(error)) throw error;
      throw new StoreUnavailableError(`database: want an answer within ${ms} ms, got none`, { cause: error });
    }
  }
}
