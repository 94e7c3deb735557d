import type { Host } from "../site/host";
import { between, hasPlugin, on, oneOf, plugin, unmet, type Demand } from "../database/mysql-demands";
import { byName } from "../site/order";
import type { MysqlConfig } from "../parse/mysql";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";

/**
 * Every server, whatever its role: roles move. Written out even where today's default would do, since 8.4, 9.7 and the
 * distributions' own files differ (MySQL manual, "InnoDB Startup Options", "Binary Logging Options and Variables").
 */
const EVERY_SERVER: readonly Demand[] = [
  oneOf("sync_binlog", "1"),
  oneOf("innodb_flush_log_at_trx_commit", "1"),
  oneOf("innodb_doublewrite", "ON", "DETECT_AND_RECOVER"),
  {
    variable: "log_bin",
    want: "a name for the binary log",
    holds: (config) =>
      config.get("log_bin") !== undefined &&
      config.on("log_bin") !== false &&
      config.on("disable_log_bin") !== true,
  },
  oneOf("binlog_format", "ROW"),
  oneOf("binlog_checksum", "CRC32"),
  oneOf("gtid_mode", "ON"),
  oneOf("enforce_gtid_consistency", "ON"),
];

/** A server that may have to take over, or to come back after a crash, from what others sent it. */
const FOLLOWER: readonly Demand[] = [
  on("log_replica_updates"),
  on("relay_log_recovery"),
  on("replica_preserve_commit_order"),
];

const SOURCE: readonly Demand[] = [
  plugin("semisync_source"),
  on("rpl_semi_sync_source_enabled"),
  oneOf("rpl_semi_sync_source_wait_point", "AFTER_SYNC"),
  between("rpl_semi_sync_source_wait_for_replica_count", 1, Infinity),
];

const REPLICA: readonly Demand[] = [
  on("super_read_only"),
  plugin("semisync_replica"),
  on("rpl_semi_sync_replica_enabled"),
];

/** A member begins read-only and is opened by the group alone: one that cannot join never takes a write of its own. */
const GROUP_MEMBER: readonly Demand[] = [
  on("super_read_only"),
  oneOf("group_replication_consistency", "BEFORE_ON_PRIMARY_FAILOVER", "BEFORE", "AFTER", "BEFORE_AND_AFTER"),
];

type Server = { host: Host; config: MysqlConfig };

export const databaseDurable = rule({
  id: "database-durable",
  title: "A commit that was answered survives the loss of its server",
  why: "A server that answers before the transaction is on disk, or before another one has it, loses it with the next power cut. What keeps it is a handful of settings, each of which someone may have turned off for speed, and some of which have other defaults in the next release.",
  sources: [
    {
      title: "MySQL 8.4 manual: Binary Logging Options and Variables (sync_binlog)",
      url: "https://dev.mysql.com/doc/refman/8.4/en/replication-options-binary-log.html",
    },
    {
      title: "MySQL 8.4 manual: InnoDB and the ACID model",
      url: "https://dev.mysql.com/doc/refman/8.4/en/mysql-acid.html",
    },
    {
      title: "MySQL 8.4 manual: semisynchronous replication",
      url: "https://dev.mysql.com/doc/refman/8.4/en/replication-semisync.html",
    },
    {
      title: "MySQL 8.4 manual: Transaction Consistency Guarantees",
      url: "https://dev.mysql.com/doc/refman/8.4/en/group-replication-consistency-guarantees.html",
    },
  ],
  fix: "Write the named setting into the [mysqld] section that the host's user data carries, and let the members be replaced one after another.",
  severity: "high",
  frameworks: [{ name: "NIST SP 800-53", version: "Rev. 5", reference: "CP-10(2)" }],
  examples: {
    language: "ini",
    bad: "[mysqld]\nsync_binlog = 0\ninnodb_flush_log_at_trx_commit = 2\n",
    good: "[mysqld]\nsync_binlog = 1\ninnodb_flush_log_at_trx_commit = 1\ninnodb_doublewrite = ON\ngtid_mode = ON\nenforce_gtid_consistency = ON\nlog_bin = binlog\nbinlog_format = ROW\nbinlog_checksum = CRC32\n",
  },
  proof:
    "The lab cuts the power of a database host under load and counts the writes that were answered and are gone: none.",
  check(site) {
    const hosts = byName(site.topology.databases);
    if (hosts.length === 0) return notApplicable("no host of this stack is a database");
    const findings: Finding[] = [];
    const servers: Server[] = [];
    for (const host of hosts) {
      const config = host.mysql;
      if (isUnknown(config))
        findings.push(unknown(host.resource, config, `whether ${host.name} keeps what it has answered`));
      else if (config) servers.push({ host, config });
    }
    const grouped = servers.some(({ config }) => hasPlugin(config, "group_replication"));
    const source = grouped ? undefined : sourceOf(servers);
    for (const server of servers) {
      const { host, config } = server;
      const role = grouped ? GROUP_MEMBER : server === source ? SOURCE : REPLICA;
      findings.push(...unmet(host, config, EVERY_SERVER));
      if (hosts.length > 1) findings.push(...unmet(host, config, [...FOLLOWER, ...role]));
      else
        findings.push(
          violation(
            host.resource,
            `${host.name}: a commit is answered when this one host has it, want two; add a semi-synchronous replica or make it a group of three`,
          ),
        );
    }
    return findings;
  },
});

/** The pair's writable server: roles are in the configuration, so the first that does not begin read-only. */
function sourceOf(servers: readonly Server[]): Server | undefined {
  return servers.find(({ config }) => config.on("super_read_only") !== true);
}
