/** One step of the schema. Hosts with the old and the new step run side by side: a step may only add. */
export interface Migration {
  version: number;
  name: string;
  /**
   * Run in order, then recorded, in one transaction. MySQL commits at every DDL statement by itself, so each
   * must be harmless when it is run again after a crash in between.
   */
  statements: string[];
}

/** In order; a published step never changes. */
export const MIGRATIONS: Migration[] = [
  {
    version: 1,
    name: "messages",
    statements: [
      `CREATE TABLE IF NOT EXISTS messages (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        idempotency_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        author VARCHAR(40) NOT NULL,
        body VARCHAR(500) NOT NULL,
        created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
        UNIQUE KEY messages_idempotency_key (idempotency_key)
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci`,
    ],
  },
];
