import type { RowDataPacket } from "mysql2";
import type { Message, ServedBy } from "../messages";

/** Selects who answers; more columns may follow. `servedByOf` reads it. */
export const SERVER = "SELECT @@hostname AS host, @@GLOBAL.super_read_only AS readOnly";

/** Columns of `messages` that `messageOf` reads. */
export const COLUMNS = "id, author, body, created_at AS createdAt";

/** The role is what the server said in the same statement: only a primary takes writes. */
export function servedByOf(row: RowDataPacket): ServedBy {
  return { host: String(row.host), role: Number(row.readOnly) === 0 ? "primary" : "replica" };
}

/** A message as a row of `COLUMNS`. */
export function messageOf(row: RowDataPacket): Message {
  return {
    id: Number(row.id),
    author: String(row.author),
    text: String(row.body),
    createdAt: row.createdAt as Date,
  };
}
