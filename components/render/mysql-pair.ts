import { serverConfig, type MysqlArgs } from "./mysql";

/** A member of the primary-replica pair. */
export interface PairArgs extends MysqlArgs {
  role: "primary" | "replica";
}

/** MySQL's configuration of a member of the pair. */
export function pairConfig(args: PairArgs): string {
  const primary = args.role === "primary";
  return serverConfig(args, {
    title: `${args.role} of the pair`,
    role: `# The role: a replica takes writes from nobody but its source.
read_only = ${primary ? "OFF" : "ON"}
super_read_only = ${primary ? "OFF" : "ON"}
`,
    followAtStart: true,
    replication: `# Semi-synchronous: a commit is answered when the replica has it, too. With no replica connected it is answered at
# once, so a primary that starts first, or alone, does not stall; a replica that falls silent costs one second, once.
plugin_load_add = semisync_source.so
plugin_load_add = semisync_replica.so
rpl_semi_sync_source_enabled = ${primary ? "ON" : "OFF"}
rpl_semi_sync_replica_enabled = ${primary ? "OFF" : "ON"}
rpl_semi_sync_source_wait_point = AFTER_SYNC
rpl_semi_sync_source_wait_for_replica_count = 1
rpl_semi_sync_source_wait_no_replica = OFF
rpl_semi_sync_source_timeout = 1000

# A replica with an empty volume is filled by CLONE.
plugin_load_add = mysql_clone.so
clone_ssl_ca = /etc/mysql/foobar/ca.pem
`,
  });
}
