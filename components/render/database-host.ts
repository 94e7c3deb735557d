import { checkNames, checkRange, hostUserData, type HostCommon } from "./host";
import { mysqlConfig } from "./mysql";

/** A member of the MySQL pair. */
export interface DatabaseHost extends HostCommon {
  serverId: number;
  role: "primary" | "replica";
  /** Short name of the primary. */
  primaryName: string;
  /** Short names of all members, this one too. */
  members: string[];
  memoryMiB: number;
}

/** User data of a database member. */
export function databaseUserData(args: DatabaseHost): string {
  checkNames("members", [...args.members, args.primaryName]);
  checkRange("serverId", args.serverId, 1, 4294967295);
  checkRange("memoryMiB", args.memoryMiB, 512, 1 << 24);
  if (!args.members.includes(args.name) || !args.members.includes(args.primaryName)) {
    throw new Error(
      `members: want ${args.name} and ${args.primaryName} among them, got ${args.members.join(", ")}; add them`,
    );
  }
  if ((args.role === "primary") !== (args.name === args.primaryName)) {
    throw new Error(
      `role: want primary on ${args.primaryName} and replica elsewhere, got ${args.role} on ${args.name}; change one`,
    );
  }
  const fqdn = `${args.name}.${args.domain}`;
  const settings = {
    FOOBAR_ROLE: args.role,
    FOOBAR_PRIMARY: `${args.primaryName}.${args.domain}`,
    FOOBAR_MEMBERS: args.members.map((member) => `${member}.${args.domain}`).join(","),
    // How a replica trusts its source, as CHANGE REPLICATION SOURCE has it. Here, so that a preview shows it.
    FOOBAR_SOURCE_SSL_CA: "/etc/mysql/foobar/ca.pem",
    FOOBAR_SOURCE_SSL_VERIFY_SERVER_CERT: "1",
  };
  return hostUserData(args, "db", settings, [
    { path: "/etc/mysql/mysql.conf.d/zz-foobar.cnf", content: mysqlConfig({ ...args, fqdn }) },
  ]);
}
