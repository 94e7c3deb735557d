import { KeyReusedError } from "../../app/messages";
import { migrate } from "../../app/mysql/migrate";
import { Connections } from "../../app/mysql/pool";
import { deadlineIn } from "../../app/mysql/retry";
import { MysqlStore } from "../../app/mysql/store";
import { createAuthority } from "../support/certificates";
import { type MysqlPair, startMysqlPair } from "../support/mysql";
import { until } from "../support/until";

jest.setTimeout(60_000);

/** The first test of all may have to build the hosts' image. */
const IMAGE_MS = 300_000;

let pair: MysqlPair;
let stores: MysqlStore[];

beforeAll(async () => {
  pair = await startMysqlPair();
  stores = [1, 2, 3].map(() => new MysqlStore(database(), () => {}));
}, IMAGE_MS);
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await pair.remove();
});

function database(changes: Partial<ReturnType<typeof base>> = {}): ReturnType<typeof base> {
  return { ...base(), ...changes };
}

function base() {
  return {
    write: { host: "127.0.0.1", port: pair.primary.port },
    read: { host: "127.0.0.1", port: pair.replica.port },
    name: "foobar",
    username: pair.username,
    password: pair.password,
    ca: pair.authority.certificate,
    serverNames: ["db-1.foobar.internal", "db-2.foobar.internal"],
  };
}

/** Opens connections to the primary, tries them, and closes them. */
async function tryPrimary(changes: Partial<ReturnType<typeof base>>): Promise<unknown> {
  const connections = new Connections(database(changes), database().write, 1);
  try {
    return await connections.with(deadlineIn(3000), (session) => session.rows("SELECT 1 AS one", [], 1000));
  } finally {
    await connections.close();
  }
}

const replicated = async (): Promise<void> => {
  const [{ now }] = await pair.primary.sql("SELECT @@GLOBAL.gtid_executed AS now");
  await pair.replica.sql(`SELECT WAIT_FOR_EXECUTED_GTID_SET('${String(now).replaceAll("\n", "")}', 10)`);
};

describe("the migration", () => {
  test("run by three hosts at once is applied once, whatever the round", async () => {
    for (let round = 0; round < 3; round++) {
      await pair.primary.sql("DROP TABLE IF EXISTS foobar.messages");
      await pair.primary.sql("DROP TABLE IF EXISTS foobar.schema_versions");
      const applied = await Promise.all(stores.map((store) => migrate(store.writer)));
      expect(applied.flat()).toEqual([1]);
      expect(await pair.primary.sql("SELECT version, name FROM foobar.schema_versions")).toEqual([
        { version: 1, name: "messages" },
      ]);
    }
  });

  test("is refused on a replica, which stays as it was", async () => {
    await replicated();
    const [before] = await pair.replica.sql("SELECT @@GLOBAL.gtid_executed AS gtid");
    const wrong = new Connections(database(), database().read, 1);
    await expect(migrate(wrong)).rejects.toThrow("migration: want the primary, got db-2, which is read only");
    await wrong.close();
    expect(await pair.replica.sql("SELECT @@GLOBAL.gtid_executed AS gtid")).toEqual([before]);
  });

  test("cut off between a table and its record is finished by the next run", async () => {
    await pair.primary.sql("DELETE FROM foobar.schema_versions");
    expect(await migrate(stores[0].writer)).toEqual([1]);
    expect(await migrate(stores[0].writer)).toEqual([]);
  });

  test("leaves a schema alone that a newer program has made", async () => {
    await pair.primary.sql("INSERT INTO foobar.schema_versions (version, name) VALUES (99, 'later')");
    expect(await migrate(stores[0].writer)).toEqual([]);
    await pair.primary.sql("DELETE FROM foobar.schema_versions WHERE version = 99");
  });

  test("waits for a host that holds the lock, and says so", async () => {
    await pair.primary.sql("DELETE FROM foobar.schema_versions");
    await stores[1].writer.with(deadlineIn(20_000), async (session) => {
      await session.rows("SELECT GET_LOCK('foobar.migrate', 1)", [], 2000);
      await expect(migrate(stores[0].writer)).rejects.toThrow(/another host is migrating/);
      await session.rows("SELECT RELEASE_LOCK('foobar.migrate')", [], 2000);
    });
    expect(await migrate(stores[0].writer)).toEqual([1]);
  });
});

describe("messages", () => {
  test("are written to the primary and read from the replica, byte for byte", async () => {
    const text = `'; DROP TABLE messages; -- "\\ \u{1F600} ${"ü".repeat(400)}\nsecond line`;
    const added = await stores[0].add({ author: "O'Neil", text, key: "byte-for-byte" });
    expect(added.servedBy).toEqual({ host: "db-1", role: "primary" });
    expect(added.repeated).toBe(false);
    expect(Math.abs(added.message.createdAt.getTime() - Date.now())).toBeLessThan(5000);
    await replicated();
    const { messages, servedBy } = await stores[1].list({ limit: 1 });
    expect(servedBy).toEqual({ host: "db-2", role: "replica" });
    expect(messages).toEqual([added.message]);
    expect(messages[0]).toMatchObject({ author: "O'Neil", text });
  });

  test("sent many times at once with one key are one message", async () => {
    const draft = { author: "Ada", text: "once", key: "concurrent-key" };
    const results = await Promise.all(Array.from({ length: 24 }, (_, i) => stores[i % 3].add(draft)));
    expect(new Set(results.map(({ message }) => message.id)).size).toBe(1);
    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
    const [{ count }] = await pair.primary.sql(
      "SELECT COUNT(*) AS count FROM foobar.messages WHERE body = 'once'",
    );
    expect(count).toBe(1);
    await expect(stores[0].add({ ...draft, text: "other" })).rejects.toThrow(KeyReusedError);
  });

  test("are shown to who wrote them by the primary while the replica is behind", async () => {
    await replicated();
    await pair.replica.sql("STOP REPLICA SQL_THREAD");
    const { message } = await stores[0].add({ author: "Ada", text: "fresh", key: "fresh-one" });
    const others = await stores[0].list({ limit: 1 });
    expect(others.messages[0].text).not.toBe("fresh");
    const own = await stores[0].list({ limit: 1, seen: message.id });
    expect(own).toMatchObject({
      messages: [{ text: "fresh" }],
      behind: false,
      servedBy: { host: "db-1", role: "primary" },
    });
    expect((await stores[0].find(message.id)).servedBy.role).toBe("primary");
    await pair.replica.sql("START REPLICA SQL_THREAD");
    await until(async () => {
      const later = await stores[0].list({ limit: 1, seen: message.id });
      expect(later).toMatchObject({
        messages: [{ text: "fresh" }],
        servedBy: { host: "db-2", role: "replica" },
      });
    });
  });

  test("are paged without gaps or repeats", async () => {
    for (let i = 0; i < 7; i++) await stores[0].add({ author: "Ada", text: `page ${i}`, key: `paging-${i}` });
    await replicated();
    const all = (await stores[0].list({ limit: 100 })).messages.map(({ id }) => id);
    const paged: number[] = [];
    for (let before: number | undefined; ;) {
      const { messages, next } = await stores[0].list({ limit: 3, before });
      paged.push(...messages.map(({ id }) => id));
      if (next === undefined) break;
      before = next;
    }
    expect(paged).toEqual(all);
    expect(all).toEqual([...all].sort((a, b) => b - a));
  });

  test("wait for a primary that is read only for a moment", async () => {
    await pair.primary.sql("SET GLOBAL super_read_only = ON");
    const adding = stores[0].add({ author: "Ada", text: "patient", key: "patient-1" });
    const [, write] = await Promise.all([stores[0].check(), stores[0].check().then((state) => state.write)]);
    expect(write).toEqual({ ok: false, reason: "db-1: it is read only" });
    await pair.primary.sql("SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
    expect((await adding).repeated).toBe(false);
  });
});

describe("a connection", () => {
  test("is encrypted", async () => {
    const [row] = await stores[0].writer.with(deadlineIn(3000), (session) =>
      session.rows("SHOW SESSION STATUS LIKE 'Ssl_version'", [], 1000),
    );
    expect(row.Value).toMatch(/^TLSv1\.[23]$/);
  });

  test("to a server with another name is refused, although its authority is the right one", async () => {
    await expect(
      tryPrimary({ serverNames: ["db-2.foobar.internal", "db-9.foobar.internal"] }),
    ).rejects.toThrow(
      "database certificate: want one of db-2.foobar.internal, db-9.foobar.internal, got DNS:db-1.foobar.internal",
    );
  });

  test("to a server of another authority is refused, although its name is the right one", async () => {
    const { certificate } = await createAuthority();
    await expect(tryPrimary({ ca: certificate })).rejects.toThrow(/certificate|issuer/);
  });

  test("with the wrong password is refused without saying the password", async () => {
    await expect(tryPrimary({ password: "guess" })).rejects.toThrow(/^Access denied for user 'app'/);
  });

  test("gives a statement up that takes too long, and the next one works", async () => {
    const sleep = stores[0].writer.with(deadlineIn(3000), (session) =>
      session.rows("SELECT SLEEP(5)", [], 100),
    );
    await expect(sleep).rejects.toMatchObject({ code: "PROTOCOL_SEQUENCE_TIMEOUT" });
    expect((await stores[0].add({ author: "Ada", text: "next", key: "next-one-1" })).repeated).toBe(false);
  });
});
