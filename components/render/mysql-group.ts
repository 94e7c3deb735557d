import { createHash } from "node:crypto";
import { serverConfig, type MysqlArgs } from "./mysql";
import { MYSQL_PORT } from "./ports";

/** A member of the replication group. All are equal: who takes the writes is the group's own choice. */
export interface GroupArgs extends MysqlArgs {
  /** The group's UUID. */
  groupName: string;
  /** Full names of all members, this one too. */
  members: string[];
}

/** What a stack's group is named after, so that its UUID is nobody else's: a namespace of this project's own. */
const NAMESPACE = "9d0c7a52-64c8-4c0e-9c5b-2f7f0b1d3ac4";

/**
 * The group's UUID, the same for as long as the stack has its name and known before anything exists: version 5, made of
 * what the names of the stack's secrets begin with (RFC 9562, section 5.5).
 */
export function groupName(secretPrefix: string): string {
  const hash = createHash("sha1")
    .update(Buffer.from(NAMESPACE.replaceAll("-", ""), "hex"))
    .update(secretPrefix.replace(/\/$/, ""))
    .digest();
  hash[6] = (hash[6] & 0x0f) | 0x50;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  const hex = hash.toString("hex");
  const part = (from: number, to: number) => hex.slice(from, to);
  return [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
}

/** What the agent runs to join. The user and the password come from the vault; no file of MySQL has them. */
export const JOIN_STATEMENT = `-- Run by foobar-group.service, which knows when a member may join and fills in who it is.
START GROUP_REPLICATION USER = %s, PASSWORD = %s
`;

/**
 * MySQL's configuration of a member of the group (MySQL manual, "Group Replication System Variables"). All members talk
 * over MySQL's own port, with its accounts and its TLS; each proves its name to the others, in the group's own traffic
 * as in recovery.
 */
export function groupConfig(args: GroupArgs): string {
  const seeds = args.members.map((member) => `${member}:${MYSQL_PORT}`).join(",");
  return serverConfig(args, {
    title: "a member of the group",
    role: `# The role: every member begins as a reader, and the group opens its primary. One that cannot join takes no write.
read_only = ON
super_read_only = ON
`,
    followAtStart: false,
    replication: `# The group: one primary, elected anew by the majority when it is lost.
plugin_load_add = group_replication.so
group_replication_group_name = ${args.groupName}
group_replication_single_primary_mode = ON
group_replication_enforce_update_everywhere_checks = OFF
group_replication_member_weight = 50
# Who joins, returns or founds is decided by foobar-group.service: it has the password, and it asks the others first.
group_replication_start_on_boot = OFF
group_replication_bootstrap_group = OFF
group_replication_autorejoin_tries = 0

# On MySQL's own port, with its accounts and its TLS. The stack uses the certificate of recovery for all of it.
group_replication_communication_stack = MYSQL
group_replication_local_address = ${args.fqdn}:${MYSQL_PORT}
group_replication_group_seeds = ${seeds}
group_replication_ssl_mode = VERIFY_IDENTITY
group_replication_recovery_use_ssl = ON
group_replication_recovery_ssl_ca = /etc/mysql/foobar/ca.pem
group_replication_recovery_ssl_cert = /etc/mysql/foobar/server.pem
group_replication_recovery_ssl_key = /etc/mysql/foobar/server.key
group_replication_recovery_ssl_verify_server_cert = ON
group_replication_recovery_tls_version = TLSv1.3
group_replication_recovery_get_public_key = OFF
group_replication_recovery_retry_count = 10
group_replication_recovery_reconnect_interval = 2

# A new primary answers when it has applied what the old one had acknowledged: nobody reads, or overwrites, a past that
# the site has already answered for. In ordinary times it costs nothing; waiting for every member at every commit (AFTER)
# would stop all writes for as long as one member is silent.
group_replication_consistency = BEFORE_ON_PRIMARY_FAILOVER
# Whoever is silent is expelled as soon as the group suspects it, after the 5 s that are fixed in its failure detector:
# writes wait for that. It comes back by itself.
group_replication_member_expel_timeout = 0
# Without a majority nothing is committed. After this long the member gives up its open transactions, sends its clients
# away and answers nothing, neither writes nor reads that grow old.
group_replication_unreachable_majority_timeout = 10
group_replication_exit_state_action = OFFLINE_MODE
group_replication_paxos_single_leader = OFF
group_replication_flow_control_mode = QUOTA
group_replication_compression_threshold = 1000000
group_replication_communication_max_message_size = 10485760
# Messages kept for a member that is silent for a moment; the default is 1 GiB of a small host's memory.
group_replication_message_cache_size = 134217728

# A member with an empty volume, or away for longer than the binary logs are kept, is filled by CLONE. The agent orders
# it, from a member that has proved its name; the group itself, which checks the authority only, never does.
group_replication_clone_threshold = 9223372036854775807
plugin_load_add = mysql_clone.so
clone_ssl_ca = /etc/mysql/foobar/ca.pem
`,
  });
}
