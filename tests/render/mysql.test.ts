import { databaseUserData } from "../../components/render";
import { bufferPoolMiB } from "../../components/render/mysql";
import { primary, replica, writtenFiles } from "../support/hosts";

const path = "/etc/mysql/mysql.conf.d/zz-foobar.cnf";
const settings = (text: string) =>
  Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line.includes(" = "))
      .map((line) => line.split(" = ")),
  ) as Record<string, string>;

describe("MySQL of the pair", () => {
  const first = settings(writtenFiles(databaseUserData(primary))[path]);
  const second = settings(writtenFiles(databaseUserData(replica))[path]);

  test("differs between primary and replica in identity and role only", () => {
    const different = Object.keys(first).filter((key) => first[key] !== second[key]);
    expect(different.sort()).toEqual([
      "read_only",
      "report_host",
      "rpl_semi_sync_replica_enabled",
      "rpl_semi_sync_source_enabled",
      "server_id",
      "super_read_only",
    ]);
    expect(second.super_read_only).toBe("ON");
  });

  test("acknowledges a write when it is on disk and on the replica, and never waits longer than a second", () => {
    expect(first).toMatchObject({
      sync_binlog: "1",
      innodb_flush_log_at_trx_commit: "1",
      rpl_semi_sync_source_wait_point: "AFTER_SYNC",
      rpl_semi_sync_source_wait_no_replica: "OFF",
      rpl_semi_sync_source_timeout: "1000",
    });
  });

  test("keeps to paths that Ubuntu's AppArmor profile of mysqld allows", () => {
    const paths = Object.values(first).filter((value) => value.startsWith("/"));
    expect(paths.length).toBeGreaterThan(5);
    for (const value of paths) expect(value).toMatch(/^\/(etc\/mysql|var\/(lib|log)\/mysql|run\/mysqld)\//);
  });

  test.each([
    [512, 256],
    [1024, 512],
    [2048, 1024],
    [3900, 1920],
  ])("gives a host with %d MiB a buffer pool of %d MiB", (memory, pool) => {
    expect(bufferPoolMiB(memory)).toBe(pool);
  });

  test("refuses a role that does not fit the primary's name", () => {
    expect(() => databaseUserData({ ...replica, role: "primary" })).toThrow(
      "role: want primary on db-1 and replica elsewhere, got primary on db-2; change it",
    );
  });

  test("refuses a member that is not among the members", () => {
    expect(() => databaseUserData({ ...replica, name: "db-3" })).toThrow(
      "members: want db-3 among them, got db-1, db-2; add it",
    );
  });
});
