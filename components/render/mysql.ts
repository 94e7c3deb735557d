import { MYSQL_PORT } from "./ports";

/** What every database server needs to know, whatever it belongs to. */
export interface MysqlArgs {
  /** 1 to 4294967295, different on every member (MySQL manual, "server_id"). */
  serverId: number;
  /** The member's full name, which its certificate carries. */
  fqdn: string;
  /** Memory of the host, MiB. */
  memoryMiB: number;
}

/** What differs between a pair and a group. */
export interface MysqlShape {
  /** What the server is, for the reader of the file. */
  title: string;
  /** Whether the server begins read-only, with the reason. */
  role: string;
  /** Whether a replica goes on following its source when it starts. */
  followAtStart: boolean;
  /** How transactions reach the other members. */
  replication: string;
}

/** A quarter of the host is left to MySQL's other buffers, the agents and the system, and a quarter to the page cache. */
const BUFFER_POOL_SHARE = 0.5;
const BUFFER_POOL_CHUNK_MIB = 128;

/** Buffer pool in MiB: half the host's memory in whole chunks of 128 MiB, at least one. */
export function bufferPoolMiB(memoryMiB: number): number {
  const chunks = Math.floor((memoryMiB * BUFFER_POOL_SHARE) / BUFFER_POOL_CHUNK_MIB);
  return Math.max(1, chunks) * BUFFER_POOL_CHUNK_MIB;
}

/**
 * `/etc/mysql/mysql.conf.d/zz-foobar.cnf`, for MySQL 8.4 and 9.7: what these two set differently by default is written
 * out. Paths are those that Ubuntu's AppArmor profile of mysqld allows.
 */
export function serverConfig(args: MysqlArgs, shape: MysqlShape): string {
  return `# MySQL of ${args.fqdn}, ${shape.title}. Read after the distribution's own files, so it has the last word.
[mysqld]
server_id = ${args.serverId}
report_host = ${args.fqdn}
# A folder below the data volume's mount point: a volume that is not mounted looks like no database at all.
datadir = /var/lib/mysql/data
socket = /run/mysqld/mysqld.sock
pid_file = /run/mysqld/mysqld.pid
bind_address = 0.0.0.0
port = ${MYSQL_PORT}
mysqlx = OFF
skip_name_resolve = ON
# To its file, and to the journal, where a host's logs are read and kept.
log_error = /var/log/mysql/error.log
log_error_services = 'log_filter_internal; log_sink_internal; log_sink_syseventlog'

# Access: root and the agents by their Unix account, everybody else over TLS.
plugin_load_add = auth_socket.so
require_secure_transport = ON
tls_version = TLSv1.3
ssl_ca = /etc/mysql/foobar/ca.pem
ssl_cert = /etc/mysql/foobar/server.pem
ssl_key = /etc/mysql/foobar/server.key
auto_generate_certs = OFF
caching_sha2_password_auto_generate_rsa_keys = OFF
local_infile = OFF

${shape.role}
# Replication by GTID. A transaction is on disk, log and data, before anybody hears of it.
gtid_mode = ON
enforce_gtid_consistency = ON
log_bin = binlog
binlog_format = ROW
binlog_row_image = FULL
binlog_checksum = CRC32
binlog_expire_logs_seconds = 604800
sync_binlog = 1
innodb_flush_log_at_trx_commit = 1
log_replica_updates = ON
relay_log = relay
relay_log_recovery = ON
replica_parallel_workers = 4
replica_preserve_commit_order = ON
replica_net_timeout = 10
skip_replica_start = ${shape.followAtStart ? "OFF" : "ON"}

${shape.replication}
character_set_server = utf8mb4
collation_server = utf8mb4_0900_ai_ci
sql_mode = ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION
# Servers of this site are in one time zone, as their logs are.
default_time_zone = '+00:00'
log_timestamps = UTC
transaction_isolation = REPEATABLE-READ
explicit_defaults_for_timestamp = ON

# Size: the host has ${args.memoryMiB} MiB.
max_connections = 200
# A proxy that opens and closes connections is no attack.
max_connect_errors = 1000000
innodb_buffer_pool_size = ${bufferPoolMiB(args.memoryMiB)}M
innodb_buffer_pool_instances = 1
innodb_redo_log_capacity = 128M
innodb_log_buffer_size = 16M
innodb_flush_method = O_DIRECT
innodb_io_capacity = 1000
innodb_io_capacity_max = 3000
innodb_numa_interleave = OFF
innodb_doublewrite = ON
innodb_adaptive_hash_index = OFF
innodb_change_buffering = none
innodb_read_io_threads = 4
innodb_write_io_threads = 4
innodb_purge_threads = 1
table_open_cache = 1000
table_open_cache_instances = 4
table_definition_cache = 1000
temptable_max_ram = 64M

# Queries are counted by their digest for the monitoring agent.
performance_schema = ON
max_digest_length = 4096
performance_schema_max_digest_length = 4096
performance_schema_max_sql_text_length = 4096
# Sized for a site whose statements and accounts are few: the defaults take 200 MiB more, whether used or not.
performance_schema_digests_size = 2000
performance_schema_events_statements_history_long_size = 1000
performance_schema_accounts_size = 20
performance_schema_hosts_size = 20
performance_schema_users_size = 20
# MyISAM's cache; no table uses it.
key_buffer_size = 1M
slow_query_log = OFF
`;
}
