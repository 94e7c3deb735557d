import { DOMAIN, GROUP_PORT, type Plan } from "./plan";

const CERTIFICATES = "/etc/mysql/foobar";

/** `/etc/mysql/mysql.conf.d/zz-foobar.cnf` of a member of the group, for MySQL 8.4 and 9.7. */
export function groupConfig(plan: Plan, name: string, serverId: number): string {
  const seeds = plan.databases.map((member) => `${member.name}.${DOMAIN}:${GROUP_PORT}`).join(",");
  return `# MySQL of ${name}.${DOMAIN}, a member of the group. Read after the distribution's own files.
[mysqld]
server_id = ${serverId}
report_host = ${name}.${DOMAIN}
datadir = /var/lib/mysql/data
socket = /run/mysqld/mysqld.sock
pid_file = /run/mysqld/mysqld.pid
bind_address = 0.0.0.0
port = 3306
mysqlx = OFF
skip_name_resolve = ON
log_error = /var/log/mysql/error.log
log_error_services = 'log_filter_internal; log_sink_internal; log_sink_syseventlog'

# Access: root and the agents by their Unix account, everybody else over TLS.
plugin_load_add = auth_socket.so
require_secure_transport = ON
tls_version = TLSv1.3
ssl_ca = ${CERTIFICATES}/ca.pem
ssl_cert = ${CERTIFICATES}/server.pem
ssl_key = ${CERTIFICATES}/server.key
auto_generate_certs = OFF
caching_sha2_password_auto_generate_rsa_keys = OFF
local_infile = OFF

# A transaction is on disk, log and data, before anybody hears of it.
gtid_mode = ON
enforce_gtid_consistency = ON
log_bin = binlog
binlog_format = ROW
binlog_row_image = FULL
binlog_checksum = CRC32
binlog_expire_logs_seconds = 604800
sync_binlog = 1
innodb_flush_log_at_trx_commit = 1
innodb_doublewrite = ON
# Members start as readers; the group opens its primary.
super_read_only = ON
log_replica_updates = ON
relay_log = relay
relay_log_recovery = ON
replica_parallel_workers = 4
replica_preserve_commit_order = ON

# The group: one primary, elected again when it is lost; who cannot reach a majority stops taking writes.
plugin_load_add = group_replication.so
plugin_load_add = mysql_clone.so
loose_group_replication_group_name = 5f0a2b7e-7c1d-4f43-9d8e-3f2f9b1c0a55
# A member joins whoever is there; who founds a group that is down is decided by the hosts' agents.
loose_group_replication_start_on_boot = ON
loose_group_replication_bootstrap_group = OFF
loose_group_replication_single_primary_mode = ON
loose_group_replication_enforce_update_everywhere_checks = OFF
loose_group_replication_communication_stack = XCOM
loose_group_replication_local_address = ${name}.${DOMAIN}:${GROUP_PORT}
loose_group_replication_group_seeds = ${seeds}
loose_group_replication_ssl_mode = VERIFY_IDENTITY
loose_group_replication_recovery_use_ssl = ON
loose_group_replication_recovery_ssl_ca = ${CERTIFICATES}/ca.pem
loose_group_replication_recovery_ssl_cert = ${CERTIFICATES}/server.pem
loose_group_replication_recovery_ssl_key = ${CERTIFICATES}/server.key
loose_group_replication_recovery_ssl_verify_server_cert = ON
loose_group_replication_recovery_tls_version = TLSv1.3
# A new primary answers when it has applied what the old one had acknowledged.
loose_group_replication_consistency = BEFORE_ON_PRIMARY_FAILOVER
loose_group_replication_member_expel_timeout = 0
loose_group_replication_unreachable_majority_timeout = 10
loose_group_replication_exit_state_action = OFFLINE_MODE
loose_group_replication_autorejoin_tries = 3
loose_clone_ssl_ca = ${CERTIFICATES}/ca.pem

# At rest: tables, logs and what undoes transactions; the keyring is a component (mysqld.my).
default_table_encryption = ON
table_encryption_privilege_check = ON
binlog_encryption = ON
innodb_redo_log_encrypt = ON
innodb_undo_log_encrypt = ON

character_set_server = utf8mb4
collation_server = utf8mb4_0900_ai_ci
default_time_zone = '+00:00'
log_timestamps = UTC
transaction_isolation = REPEATABLE-READ

# Size: the host has 8192 MiB.
max_connections = 200
max_connect_errors = 1000000
innodb_buffer_pool_size = 4096M
innodb_redo_log_capacity = 128M
innodb_flush_method = O_DIRECT
performance_schema = ON
`;
}

/** Which keyring component mysqld loads, and where its keys are: not on the data volume, and not in its backups. */
export const KEYRING_FILES = [
  { path: "/usr/sbin/mysqld.my", content: `{ "components": "file://component_keyring_file" }\n` },
  {
    path: "/usr/lib/mysql/plugin/component_keyring_file.cnf",
    content: `{ "path": "/var/lib/mysql-keyring/keyring", "read_only": false }\n`,
  },
];
