import { databaseUserData } from "../../components/render";
import { groupName } from "../../components/render/mysql-group";
import { member, writtenFiles } from "../support/hosts";

const path = "/etc/mysql/mysql.conf.d/zz-foobar.cnf";
const files = (name = "db-2") => writtenFiles(databaseUserData({ ...member, name }));
const settings = (name?: string) => {
  const lines = files(name)[path].split("\n");
  const pairs = lines.filter((line) => line.includes(" = ")).map((line) => line.split(" = "));
  return Object.fromEntries(pairs) as Record<string, string>;
};

describe("MySQL of the group", () => {
  test("differs between members in identity only: none has a role", () => {
    const [first, second] = [settings("db-1"), settings("db-2")];
    const different = Object.keys(first).filter((key) => first[key] !== second[key]);
    expect(different.sort()).toEqual(["group_replication_local_address", "report_host"]);
  });

  test("begins as a reader and neither joins nor founds by itself", () => {
    expect(settings()).toMatchObject({
      read_only: "ON",
      super_read_only: "ON",
      skip_replica_start: "ON",
      group_replication_start_on_boot: "OFF",
      group_replication_bootstrap_group: "OFF",
      group_replication_autorejoin_tries: "0",
    });
  });

  test("talks to its members on MySQL's own port, by names that are verified", () => {
    expect(settings()).toMatchObject({
      group_replication_communication_stack: "MYSQL",
      group_replication_local_address: "db-2.foobar.internal:3306",
      group_replication_group_seeds:
        "db-1.foobar.internal:3306,db-2.foobar.internal:3306,db-3.foobar.internal:3306",
      group_replication_ssl_mode: "VERIFY_IDENTITY",
      group_replication_recovery_ssl_verify_server_cert: "ON",
    });
  });

  test("never copies data from a member that has not proved its name", () => {
    expect(settings().group_replication_clone_threshold).toBe("9223372036854775807");
  });

  test("holds no password: the vault has it", () => {
    expect(files()["/etc/foobar/group/join.sql"]).toContain(
      "START GROUP_REPLICATION USER = %s, PASSWORD = %s\n",
    );
  });

  test("keeps to paths that Ubuntu's AppArmor profile of mysqld allows", () => {
    for (const value of Object.values(settings()).filter((text) => text.startsWith("/")))
      expect(value).toMatch(/^\/(etc\/mysql|var\/(lib|log)\/mysql|run\/mysqld)\//);
  });

  test.each([2, 4, 6])("refuses a group of %d", (count) => {
    const members = Array.from({ length: count }, (_, index) => `db-${index + 1}`);
    expect(() => databaseUserData({ ...member, members })).toThrow(
      `members: want 3 or 5 in a group, got ${count}; add or remove some`,
    );
  });
});

describe("the group's name", () => {
  test("is a UUID of version 5, one for each stack and always the same", () => {
    const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(groupName("foobar/lab")).toMatch(pattern);
    expect(groupName("foobar/lab/")).toBe(groupName("foobar/lab"));
    expect(groupName("foobar/dev")).not.toBe(groupName("foobar/lab"));
  });
});
