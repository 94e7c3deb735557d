import {
  type Pool,
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
  type SslOptions,
  createPool,
} from "mysql2";
import type { DatabaseAddress, Settings } from "../environment";
import { isProven, provenPassword } from "./identity";
import type { Deadline } from "./retry";

/** Longest wait for a connection's TCP, TLS and login, in milliseconds; a healthy one takes about 10. */
const CONNECT_MS = 2000;

/** Requests that may wait for a connection; beyond that the service is overloaded and says so at once. */
const QUEUE_MAX = 200;

type Cell = string | number;

/** One connection, borrowed. */
export interface Session {
  /**
   * Runs a prepared statement.
   *
   * @param timeoutMs the connection is given up when no answer came by then.
   */
  rows(sql: string, values: Cell[], timeoutMs: number): Promise<RowDataPacket[]>;
  /** As `rows`, for a statement that changes something. */
  change(sql: string, values: Cell[], timeoutMs: number): Promise<ResultSetHeader>;
  /** Runs what MySQL does not prepare (START TRANSACTION); never with a visitor's text in it. */
  plain(sql: string, timeoutMs: number): Promise<void>;
}

/** Connections to one address: TLS, verified by authority and by name, with limits on every wait. */
export class Connections {
  private readonly pool: Pool;

  /** @param limit connections at most; a pool keeps those it has opened until they are idle for a minute. */
  constructor(database: Settings["database"], address: DatabaseAddress, limit: number) {
    this.pool = createPool({
      ...address,
      user: database.username,
      database: database.name,
      ssl: unresumed(database.ca),
      authPlugins: { caching_sha2_password: provenPassword(database.serverNames, database.password) },
      timezone: "Z",
      connectionLimit: limit,
      maxIdle: limit,
      idleTimeout: 60_000,
      queueLimit: QUEUE_MAX,
      connectTimeout: CONNECT_MS,
      maxPreparedStatements: 50,
    });
    // The server gives a statement up as well: a client that went away must not leave it running.
    this.pool.on("connection", (connection) =>
      connection.query(
        "SET SESSION max_execution_time = 3000, innodb_lock_wait_timeout = 3, lock_wait_timeout = 5",
        (error) => error && connection.destroy(), // the statement that follows reports it
      ),
    );
  }

  /**
   * Lends a connection to `action`. It is used again only when all went well: after an error, its state or
   * its role may have changed.
   */
  async with<T>(deadline: Deadline, action: (session: Session) => Promise<T>): Promise<T> {
    const connection = await this.acquire(deadline);
    try {
      const result = await action(sessionOf(connection));
      connection.release();
      return result;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** Ends every connection after what it is doing. */
  close(): Promise<void> {
    return new Promise((resolve) => this.pool.end(() => resolve()));
  }

  private acquire(deadline: Deadline): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        reject(
          new Error("database connection: want one in time, got none; the database is down or overloaded"),
        );
      }, deadline.left());
      this.pool.getConnection((error, connection) => {
        clearTimeout(timer);
        if (error) reject(error);
        else if (!isProven(connection)) {
          connection.destroy();
          reject(new Error("database connection: want a server that proves its name, got one that did not"));
        } else if (late) connection.release();
        else resolve(connection);
      });
    });
  }
}

/**
 * TLS settings under which every connection shows the server's certificate. The driver would resume sessions,
 * and a resumed one has no certificate to check a name against; it keeps a session only for as long as `ca` is
 * the very same object, so each reading gives a new one.
 */
function unresumed(ca: string): SslOptions {
  return {
    minVersion: "TLSv1.2",
    get ca() {
      return [ca];
    },
  };
}

function sessionOf(connection: PoolConnection): Session {
  const execute = <T extends RowDataPacket[] | ResultSetHeader>(
    sql: string,
    values: Cell[],
    timeout: number,
  ) =>
    new Promise<T>((resolve, reject) => {
      connection.execute<T>({ sql, values, timeout: Math.max(1, Math.ceil(timeout)) }, (error, result) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
  return {
    rows: (sql, values, timeoutMs) => execute<RowDataPacket[]>(sql, values, timeoutMs),
    change: (sql, values, timeoutMs) => execute<ResultSetHeader>(sql, values, timeoutMs),
    plain: (sql, timeout) =>
      new Promise((resolve, reject) => {
        connection.query({ sql, timeout }, (error) => (error ? reject(error) : resolve()));
      }),
  };
}
