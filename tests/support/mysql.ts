import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, type RowDataPacket, createConnection } from "mysql2/promise";
import { ensureImage } from "../../lab/machine/image";
import { type Authority, createAuthority } from "./certificates";
import { freePort } from "./ports";

// $1 = image, $2 = this server's folder, $3 = its host name; the rest is the program.
// The image is only read; what the server writes goes to its folder, mounted at /data.
const ENTER = `set -e
image=$1 folder=$2; hostname "$3"; shift 3
mount -t tmpfs tmpfs "$folder/scratch"
mkdir "$folder/scratch/upper" "$folder/scratch/work" "$folder/scratch/root"
mount -t overlay overlay -o "lowerdir=$image,upperdir=$folder/scratch/upper,workdir=$folder/scratch/work" "$folder/scratch/root"
root=$folder/scratch/root
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/run"
for device in null zero random urandom; do
  [ -e "$root/dev/$device" ] || touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/data"
mount --bind "$folder/data" "$root/data"
chroot "$root" chown -R mysql: /data
# A change of user clears the signal that ties a process to its parent: it is set again after it.
exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \\
  setpriv --reuid=mysql --regid=mysql --clear-groups --pdeathsig=KILL "$@"
`;

/** A real MySQL server on 127.0.0.1 with a certificate for `<name>.foobar.internal`; dies with this process. */
export class MysqlServer {
  private child?: ChildProcess;
  private exited: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly image: string,
    private readonly folder: string,
    readonly name: string,
    readonly port: number,
    private readonly id: number,
  ) {}

  /** Makes an empty database. */
  async initialize(): Promise<void> {
    this.run(["--initialize-insecure"]);
    await this.exited;
    if (this.child?.exitCode !== 0) throw new Error(`mysqld --initialize failed:\n${this.log()}`);
  }

  /** Returns when the server answers over its socket. */
  async start(): Promise<void> {
    this.run([`--server-id=${this.id}`, `--port=${this.port}`, "--bind-address=127.0.0.1"]);
    for (const deadline = Date.now() + 30_000; ;) {
      try {
        await this.sql("DO 1");
        return;
      } catch (error) {
        const ended = this.child?.exitCode !== null || Date.now() > deadline;
        if (ended) throw new Error(`mysqld did not start:\n${this.log()}`, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Runs a statement as root over the server's socket. */
  async sql(statement: string): Promise<RowDataPacket[]> {
    const socketPath = join(this.folder, "data", "mysql.sock");
    const connection: Connection = await createConnection({ socketPath, user: "root" });
    try {
      const [rows] = await connection.query<RowDataPacket[]>(statement);
      return rows;
    } finally {
      connection.destroy();
    }
  }

  /** A clean stop, as by `systemctl stop`. */
  async stop(): Promise<void> {
    // Otherwise mysqld waits about 8 s for the threads that feed its replicas.
    await this.sql("SET GLOBAL offline_mode = ON");
    await this.sql("SHUTDOWN").catch(() => {}); // it may be gone before it has answered
    await this.exited;
  }

  /** A crash: SIGKILL for the server (its parent `unshare` dies and takes it along). */
  async kill(): Promise<void> {
    this.child?.kill("SIGKILL");
    await this.exited;
  }

  private log(): string {
    return readFileSync(join(this.folder, "log"), "utf8").slice(-2000);
  }

  private run(options: string[]): void {
    const log = openSync(join(this.folder, "log"), "a");
    const isolated = [
      "--pdeathsig",
      "KILL",
      "unshare",
      "--mount",
      "--uts",
      "--pid",
      "--fork",
      "--kill-child",
    ];
    const program = ["mysqld", ...COMMON_OPTIONS, ...options];
    const argv = [...isolated, "sh", "-c", ENTER, "sh", this.image, this.folder, this.name, ...program];
    this.child = spawn("setpriv", argv, { stdio: ["ignore", log, log] });
    this.exited = once(this.child, "exit");
    closeSync(log);
  }
}

/** Small and quick, but for what the application relies on: TLS required, GTID, a binary log. */
const COMMON_OPTIONS = [
  "--no-defaults",
  "--datadir=/data",
  "--socket=/data/mysql.sock",
  "--mysqlx=OFF",
  "--performance-schema=OFF",
  "--innodb-buffer-pool-size=32M",
  "--log-bin=binlog",
  "--gtid-mode=ON",
  "--enforce-gtid-consistency=ON",
  "--require-secure-transport=ON",
  "--ssl-ca=/data/ca.pem",
  "--ssl-cert=/data/server.pem",
  "--ssl-key=/data/server-key.pem",
];

/** A primary and its replica, with the application's database and user. */
export interface MysqlPair {
  primary: MysqlServer;
  replica: MysqlServer;
  authority: Authority;
  username: string;
  password: string;
  /** Stops both and removes every file. */
  remove(): Promise<void>;
}

/**
 * Starts a pair from the hosts' image: TLS required, GTID, the replica read only. Takes about 5 s.
 * Needs root (mount namespaces); each server dies with this process.
 */
export async function startMysqlPair(): Promise<MysqlPair> {
  const { root: image } = await ensureImage(() => undefined);
  const folder = mkdtempSync(join(tmpdir(), "foobar-mysql-"));
  const authority = await createAuthority();
  const prepare = async (name: string, id: number): Promise<MysqlServer> => {
    mkdirSync(join(folder, name, "scratch"), { recursive: true });
    mkdirSync(join(folder, name, "data"), { recursive: true });
    return new MysqlServer(image, join(folder, name), name, await freePort(), id);
  };
  const primary = await prepare("db-1", 1);
  const replica = await prepare("db-2", 2);
  await primary.initialize();
  rmSync(join(folder, "db-1", "data", "auto.cnf")); // each server makes a UUID of its own
  cpSync(join(folder, "db-1", "data"), join(folder, "db-2", "data"), { recursive: true });
  for (const name of ["db-1", "db-2"]) {
    const { certificate, privateKey } = await authority.issue(`${name}.foobar.internal`);
    writeFileSync(join(folder, name, "data", "ca.pem"), authority.certificate);
    writeFileSync(join(folder, name, "data", "server.pem"), certificate);
    writeFileSync(join(folder, name, "data", "server-key.pem"), privateKey);
  }
  await Promise.all([primary.start(), replica.start()]);
  const password = "only for this test";
  await primary.sql("CREATE DATABASE foobar");
  await primary.sql(`CREATE USER app IDENTIFIED BY '${password}' REQUIRE SSL`);
  await primary.sql("GRANT SELECT, INSERT, CREATE, ALTER, INDEX ON foobar.* TO app");
  await primary.sql(`CREATE USER copy IDENTIFIED BY '${password}' REQUIRE SSL`);
  await primary.sql("GRANT REPLICATION SLAVE ON *.* TO copy");
  await replica.sql(
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${primary.port}, SOURCE_USER = 'copy',
     SOURCE_PASSWORD = '${password}', SOURCE_SSL = 1, SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 1`,
  );
  await replica.sql("START REPLICA");
  await replica.sql("SET GLOBAL super_read_only = ON");
  return {
    primary,
    replica,
    authority,
    username: "app",
    password,
    remove: async () => {
      await Promise.all([primary.kill(), replica.kill()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
