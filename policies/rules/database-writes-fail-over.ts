import { groupFaults, memberFaults, type Member } from "../database/database-group";
import { Host } from "../site/host";
import { hasPlugin } from "../database/mysql-demands";
import { byName, namesOf } from "../site/order";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";
import type { Connection } from "../site/topology";

type Settings = { maxExpelSeconds: number };

export const databaseWritesFailOver = rule<Settings>({
  id: "database-writes-fail-over",
  title: "When the database that takes the writes is lost, the others elect the next by themselves",
  why: "With a primary that is fixed in the configuration, its loss stops every write until somebody comes, looks and decides. Two nodes cannot decide it alone: neither knows whether the other is gone or only cut off. A group in which a majority decides can, if its members stand so that no zone holds the majority, if they form one group, and if the application's address follows the role.",
  sources: [
    {
      title: "MySQL 8.4 manual: Group Replication, Fault-tolerance",
      url: "https://dev.mysql.com/doc/refman/8.4/en/group-replication-fault-tolerance.html",
    },
    {
      title: "MySQL 8.4 manual: unreachable majority timeout",
      url: "https://dev.mysql.com/doc/refman/8.4/en/group-replication-responses-failure-partition.html",
    },
    {
      title: "MySQL 8.4 manual: Group Replication system variables",
      url: "https://dev.mysql.com/doc/refman/8.4/en/group-replication-system-variables.html",
    },
  ],
  fix: "Run three members (five to survive two losses) of MySQL Group Replication in single-primary mode, in zones none of which holds the majority, and give each web host a local write address that checks the role of every member.",
  severity: "critical",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "REL11-BP02" },
    { name: "NIST SP 800-53", version: "Rev. 5", reference: "CP-10" },
  ],
  flaw: "one-writable-database",
  examples: {
    language: "ini",
    bad: "# db-1, and read_only = ON on db-2\n[mysqld]\nread_only = OFF\n",
    good: "# on all of db-1, db-2, db-3\n[mysqld]\nplugin_load_add = group_replication.so\ngroup_replication_group_name = 5b1f3c52-6f0e-4d55-9d6b-0d7a3a0c9a11\ngroup_replication_local_address = db-1.foobar.internal:33061\ngroup_replication_group_seeds = db-1.foobar.internal:33061,db-2.foobar.internal:33061,db-3.foobar.internal:33061\ngroup_replication_single_primary_mode = ON\ngroup_replication_bootstrap_group = OFF\ngroup_replication_start_on_boot = ON\ngroup_replication_unreachable_majority_timeout = 10\n",
  },
  proof:
    "The lab cuts the power of the primary under load and measures the seconds without a write; in the pair they do not end.",
  settings: {
    maxExpelSeconds: {
      type: "integer",
      default: 5,
      minimum: 0,
      maximum: 3600,
      description: "longest group_replication_member_expel_timeout: writes wait for it after a loss",
    },
  },
  check(site, { maxExpelSeconds }) {
    const hosts = byName(site.topology.databases);
    if (hosts.length === 0) return notApplicable("no host of this stack is a database");
    const findings: Finding[] = [];
    const members: Member[] = [];
    for (const host of hosts) {
      const config = host.mysql;
      if (isUnknown(config))
        findings.push(unknown(host.resource, config, `whether ${host.name} can take over the writes`));
      else if (config) members.push({ host, config });
    }
    if (findings.length > 0) return findings;
    if (!members.some(({ config }) => hasPlugin(config, "group_replication"))) return [fixedPrimary(members)];
    return [
      ...members.flatMap((member) => memberFaults(member, members, maxExpelSeconds)),
      ...groupFaults(members),
      ...addressFaults(site, hosts),
    ];
  },
});

/** One finding for the whole of it, at the server that takes the writes. */
function fixedPrimary(members: readonly Member[]): Finding {
  const primary = members.find(({ config }) => config.on("read_only") !== true) ?? members[0];
  const others = members.filter((member) => member !== primary);
  const found =
    others.length === 0
      ? "is the only database"
      : `alone takes writes, and ${namesOf(others.map(({ host }) => host))} cannot take over by itself`;
  return violation(
    primary.host.resource,
    `${primary.host.name} ${found}, want at least three members that elect a primary; make the databases a replication group`,
  );
}

/** What the application's way to the primary lacks: a member that it does not know, or a role that it does not ask for. */
function addressFaults(site: Site, members: readonly Host[]): Finding[] {
  const writes = site.topology.connections.filter(({ purpose }) => purpose === "write");
  const writers = new Map<Host, Connection[]>();
  for (const connection of writes) {
    if (!(connection.from instanceof Host)) continue;
    writers.set(connection.from, [...(writers.get(connection.from) ?? []), connection]);
  }
  const unreadable = byName(site.topology.webServers).flatMap(({ name, resource, haproxy }) =>
    isUnknown(haproxy) ? [unknown(resource, haproxy, `which databases ${name} writes to`)] : [],
  );
  const faults = byName([...writers.keys()]).flatMap((host) => {
    const connections = writers.get(host)!;
    const strangers = members.filter((member) => !connections.some(({ to }) => to === member));
    const unasked = connections.filter((connection) => !asksForRole(connection));
    return [
      ...strangers.map((member) =>
        violation(
          host.resource,
          `${host.name}: its write address does not know ${member.name}, want every member; add a server line for it`,
        ),
      ),
      ...unasked.map(({ to, server, proxy, local }) =>
        violation(
          host.resource,
          `${host.name}: server ${server?.name ?? to.name} of ${(local ?? proxy)?.name ?? "no proxy"} is not asked for its role, want a health check of its role; set "option httpchk" and "check" with the role's port`,
        ),
      ),
    ];
  });
  return [...unreadable, ...faults];
}

/** A check that only opens a connection finds any member good, the read-only ones too. */
function asksForRole({ proxy, local, server }: Connection): boolean {
  const backend = local ?? proxy;
  if (!backend || !server?.options.has("check")) return false;
  return (
    backend.hasOption("httpchk") || backend.hasOption("external-check") || server.options.has("agent-check")
  );
}
