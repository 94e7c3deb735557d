import { pairConfig } from "../../../components/render/mysql-pair";
import { databaseDurable as rule } from "../../../policies/rules/database-durable";
import { renderedGroup } from "../../support/rendered-group";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const MYSQL = "/etc/mysql/mysql.conf.d/zz-foobar.cnf";

/** The primary-replica pair as the program configures it. */
function pair(): Fixture {
  const site = goodSite({ databases: 2 });
  const member = (name: string, role: "primary" | "replica", serverId: number) =>
    site.write(name, MYSQL, pairConfig({ role, serverId, fqdn: `${name}.foobar.internal`, memoryMiB: 8192 }));
  member("db-1", "primary", 1);
  return member("db-2", "replica", 2);
}

it("finds nothing in a group and in a pair that lose nothing", () => {
  expect(messages(rule, goodSite())).toEqual([]);
  expect(messages(rule, pair())).toEqual([]);
  expect(messages(rule, renderedGroup(goodSite()))).toEqual([]);
});

it("is not applicable without a database, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:rds/instance:Instance", "other", { multiAz: false });
  expect(check(rule, site).notApplicable).toBe("no host of this stack is a database");
});

it.each([
  ["sync_binlog = 1", "sync_binlog = 0", "sync_binlog is 0, want 1"],
  ["sync_binlog = 1\n", "", "sync_binlog is not set, want 1"],
  [
    "innodb_flush_log_at_trx_commit = 1",
    "innodb-flush-log-at-trx-commit = 2",
    "innodb_flush_log_at_trx_commit is 2, want 1",
  ],
  [
    "innodb_doublewrite = ON",
    "innodb_doublewrite = DETECT_ONLY",
    "innodb_doublewrite is DETECT_ONLY, want ON or DETECT_AND_RECOVER",
  ],
  ["log_bin = binlog", "log_bin = binlog\nskip_log_bin", "log_bin is OFF, want a name for the binary log"],
  ["gtid_mode = ON\n", "", "gtid_mode is not set, want ON"],
  ["gtid_mode = ON", "gtid_mode = ON_PERMISSIVE", "gtid_mode is ON_PERMISSIVE, want ON"],
  [
    "enforce_gtid_consistency = ON",
    "enforce_gtid_consistency = WARN",
    "enforce_gtid_consistency is WARN, want ON",
  ],
  ["binlog_format = ROW", "binlog_format = MIXED", "binlog_format is MIXED, want ROW"],
  ["binlog_checksum = CRC32", "binlog_checksum = NONE", "binlog_checksum is NONE, want CRC32"],
  ["relay_log_recovery = ON", "relay_log_recovery = OFF", "relay_log_recovery is OFF, want ON"],
  ["super_read_only = ON", "super_read_only = OFF", "super_read_only is OFF, want ON"],
  [
    "loose_group_replication_consistency = BEFORE_ON_PRIMARY_FAILOVER",
    "loose_group_replication_consistency = EVENTUAL",
    "group_replication_consistency is EVENTUAL, want BEFORE_ON_PRIMARY_FAILOVER, BEFORE, AFTER or BEFORE_AND_AFTER",
  ],
])("finds %j as %j on one member", (from, to, found) => {
  const site = goodSite().edit("db-2", MYSQL, from, to);
  expect(check(rule, site).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::db-2-instance$/) as string,
      message: `db-2: ${found}; write it into [mysqld]`,
      flaw: undefined,
    },
  ]);
});

it.each([
  [
    "db-1",
    "rpl_semi_sync_source_enabled = ON",
    "rpl_semi_sync_source_enabled = OFF",
    "rpl_semi_sync_source_enabled is OFF, want ON",
  ],
  [
    "db-1",
    "= AFTER_SYNC",
    "= AFTER_COMMIT",
    "rpl_semi_sync_source_wait_point is AFTER_COMMIT, want AFTER_SYNC",
  ],
  [
    "db-1",
    "plugin_load_add = semisync_source.so\n",
    "",
    "plugin_load_add does not load it, want semisync_source.so among them",
  ],
  [
    "db-2",
    "rpl_semi_sync_replica_enabled = ON",
    "rpl_semi_sync_replica_enabled = OFF",
    "rpl_semi_sync_replica_enabled is OFF, want ON",
  ],
])("finds a pair whose %s has %j as %j", (host, from, to, found) => {
  expect(messages(rule, pair().edit(host, MYSQL, from, to))).toEqual([
    `${host}: ${found}; write it into [mysqld]`,
  ]);
});

it("finds a replica that takes writes of its own", () => {
  const site = pair().edit("db-2", MYSQL, "super_read_only = ON", "super_read_only = OFF");
  expect(messages(rule, site)).toEqual(["db-2: super_read_only is OFF, want ON; write it into [mysqld]"]);
});

it("finds the only database, whatever its settings", () => {
  expect(messages(rule, goodSite({ databases: 1 }))).toEqual([
    "db-1: a commit is answered when this one host has it, want two; add a semi-synchronous replica or make it a group of three",
  ]);
});

it("says what nobody can know", () => {
  const site = goodSite().change("db-1-instance", { userDataBase64: unknownValue });
  expect(check(rule, site).findings).toEqual([
    {
      kind: "unknown",
      urn: expect.stringMatching(/::db-1-instance$/) as string,
      message:
        "unknown: userDataBase64; without it nobody can tell whether db-1-instance keeps what it has answered",
      flaw: undefined,
    },
  ]);
});
