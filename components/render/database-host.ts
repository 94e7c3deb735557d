import { checkNames, checkRange, hostUserData, type HostCommon } from "./host";
import { groupConfig, groupName, JOIN_STATEMENT } from "./mysql-group";
import { pairConfig } from "./mysql-pair";

/** What the databases form: a primary that is fixed and its replica, or a group that elects its primary. */
export type DatabaseForm = "pair" | "group";

/** A member's place in it. The pair's roles are configured; the group's members are equal. */
export type DatabaseMembership =
  | {
      database: "pair";
      role: "primary" | "replica";
      /** Short name of the primary. */
      primaryName: string;
    }
  | { database: "group" };

/** A database host. */
export type DatabaseHost = HostCommon &
  DatabaseMembership & {
    serverId: number;
    /** Short names of all members, this one too. */
    members: string[];
    memoryMiB: number;
  };

/** User data of a database member. */
export function databaseUserData(args: DatabaseHost): string {
  checkNames("members", args.members);
  checkRange("serverId", args.serverId, 1, 4294967295);
  checkRange("memoryMiB", args.memoryMiB, 512, 1 << 24);
  const problem = membershipProblem(args);
  if (problem !== undefined) throw new Error(problem);
  const fqdn = `${args.name}.${args.domain}`;
  const members = args.members.map((member) => `${member}.${args.domain}`);
  const common = { FOOBAR_DATABASE: args.database, FOOBAR_MEMBERS: members.join(",") };
  const settings = { ...args, fqdn, members };
  const mysql = (content: string) => ({ path: "/etc/mysql/mysql.conf.d/zz-foobar.cnf", content });
  if (args.database === "group") {
    const content = groupConfig({ ...settings, groupName: groupName(args.secretPrefix) });
    return hostUserData(args, "db", common, [
      mysql(content),
      { path: "/etc/foobar/group/join.sql", content: JOIN_STATEMENT },
    ]);
  }
  const pair = {
    ...common,
    FOOBAR_ROLE: args.role,
    FOOBAR_PRIMARY: `${args.primaryName}.${args.domain}`,
    // How a replica trusts its source, as CHANGE REPLICATION SOURCE has it. Here, so that a preview shows it.
    FOOBAR_SOURCE_SSL_CA: "/etc/mysql/foobar/ca.pem",
    FOOBAR_SOURCE_SSL_VERIFY_SERVER_CERT: "1",
  };
  return hostUserData(args, "db", pair, [mysql(pairConfig({ ...settings, role: args.role }))]);
}

/** What is wrong with a member's place among the members; undefined when nothing is. */
export function membershipProblem(
  args: DatabaseMembership & { name: string; members: string[] },
): string | undefined {
  const { name, members } = args;
  const all = members.join(", ");
  if (!members.includes(name)) return `members: want ${name} among them, got ${all}; add it`;
  if (args.database === "group") {
    // More are possible, and each more slows every write; an even one adds no loss that can be borne.
    if (members.length === 3 || members.length === 5) return undefined;
    return `members: want 3 or 5 in a group, got ${members.length}; add or remove some`;
  }
  const { role, primaryName } = args;
  if (!members.includes(primaryName)) return `primaryName: want one of ${all}, got ${primaryName}; change it`;
  if ((role === "primary") !== (name === primaryName))
    return `role: want primary on ${primaryName} and replica elsewhere, got ${role} on ${name}; change it`;
  return undefined;
}
