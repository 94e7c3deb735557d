import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { renderBalancer } from "../../lab/machine/balancer/config";
import { runInImage } from "../../lab/machine/image-run";
import { balancerNode } from "../support/balancer-node";
import { allUserData, writtenFiles } from "../support/hosts";

const users = allUserData();
const key = () =>
  execFileSync(
    "openssl",
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout - -subj /CN=www.foobar.com -days 1".split(
      " ",
    ),
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );

/** Everything below a folder of the bundle, as paths on a host. */
function bundleFiles(folder: string, below = ""): Record<string, string> {
  const here = join(__dirname, "../../host/files", folder, below);
  return Object.assign(
    {},
    ...readdirSync(here, { withFileTypes: true }).map((entry) =>
      entry.isDirectory()
        ? bundleFiles(folder, join(below, entry.name))
        : { [`/${join(below, entry.name)}`]: readFileSync(join(here, entry.name), "utf8") },
    ),
  ) as Record<string, string>;
}

describe("what is rendered is accepted by the program that reads it, in the hosts' image", () => {
  test.each(Object.keys(users))("user data of %s is valid cloud-config", async (name) => {
    const result = await runInImage(["cloud-init", "schema", "-c", "/tmp/user-data"], {
      files: { "/tmp/user-data": users[name] },
    });
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toContain("Valid schema");
  });

  test.each(Object.keys(users).filter((name) => /^(lb|web)/.test(name)))(
    "HAProxy takes the configuration of %s",
    async (name) => {
      const tls = ["site", "ca", "host"].map((file) => [`/etc/haproxy/tls/${file}.pem`, key()]);
      const others = "127.0.0.2 lb-1.foobar.internal\n127.0.0.3 lb-2.foobar.internal\n";
      const files = {
        ...writtenFiles(users[name]),
        ...(Object.fromEntries(tls) as Record<string, string>),
        "/etc/hosts": others,
      };
      const result = await runInImage(
        ["sh", "-c", "mkdir -p /run/haproxy && haproxy -c -f /etc/haproxy/haproxy.cfg"],
        { files },
      );
      expect(result).toMatchObject({ code: 0 });
      // There is no resolver in the sandbox; any other warning is about the configuration.
      const warnings = result.stderr
        .split("\n")
        .filter((line) => line.includes("[WARNING]") && !line.includes("nameserver 'vpc'"));
      expect(warnings).toEqual([]);
    },
  );

  test.each(["HTTP", "HTTPS", "TCP"] as const)(
    "HAProxy takes what a network load balancer's node does with %s checks",
    async (protocol) => {
      const node = balancerNode({ protocol });
      const targets = new Set(
        node.groups.flatMap(({ id, targets }) => targets.map(({ name }) => `${id}/${name}`)),
      );
      const files = { "/tmp/node.cfg": renderBalancer(node, targets) };
      const result = await runInImage(["haproxy", "-c", "-f", "/tmp/node.cfg"], { files });
      expect(result).toMatchObject({ code: 0, stderr: "" });
    },
  );

  test("HAProxy refuses what is wrong, so its word counts", async () => {
    const files = {
      "/etc/haproxy/haproxy.cfg": writtenFiles(users["web-1.prometheus"])["/etc/haproxy/haproxy.cfg"].replace(
        "track",
        "trak",
      ),
    };
    expect((await runInImage(["haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg"], { files })).code).not.toBe(
      0,
    );
  });

  /** Web servers by the program that they run, and their certificates: one serves for all of them here. */
  const webServers = (path: string) =>
    Object.keys(users).filter((name) => writtenFiles(users[name])[path] !== undefined);
  const withCertificates = (name: string) => {
    const pem = key();
    const tls = ["ca.pem", "site.pem", "host.pem", "host.key"].map((file) => [
      `/etc/foobar/tls/${file}`,
      pem,
    ]);
    return { ...writtenFiles(users[name]), ...(Object.fromEntries(tls) as Record<string, string>) };
  };

  test.each(webServers("/etc/nginx/nginx.conf"))("nginx takes the configuration of %s", async (name) => {
    const result = await runInImage(["nginx", "-t"], { files: withCertificates(name) });
    expect(result).toMatchObject({ code: 0 });
    expect(result.stderr).not.toContain("warn");
  });

  test.each(webServers("/etc/apache2/apache2.conf"))("Apache takes the configuration of %s", async (name) => {
    const script = "mkdir -p /run/apache2 /run/lock && apache2 -t";
    const result = await runInImage(["sh", "-c", script], { files: withCertificates(name) });
    expect(result).toMatchObject({ code: 0, stderr: "Syntax OK\n" });
  });

  test("Apache refuses what is wrong, so its word counts", async () => {
    const files = writtenFiles(users["web-2.apache"]);
    files["/etc/apache2/apache2.conf"] = files["/etc/apache2/apache2.conf"].replace("ProxyPass", "ProxyPas");
    const result = await runInImage(["sh", "-c", "mkdir -p /run/apache2 /run/lock && apache2 -t"], { files });
    expect(result.code).not.toBe(0);
  });

  const ofPair = ["rpl_semi_sync_source_timeout = 1000"];
  const ofGroup = [
    "group_replication_communication_stack = MYSQL",
    "group_replication_ssl_mode = VERIFY_IDENTITY",
    "group_replication_start_on_boot = OFF",
    "group_replication_exit_state_action = OFFLINE_MODE",
  ];
  test.each([
    ["db-1.prometheus", "OFF", ofPair],
    ["db-2.prometheus", "ON", ofPair],
    ["db-2.group", "ON", ofGroup],
  ])(
    "mysqld knows every setting of %s, with its plugins",
    async (name, readOnly, own) => {
      const pem = key();
      const tls = ["ca.pem", "server.pem", "server.key"].map((file) => [`/etc/mysql/foobar/${file}`, pem]);
      const files = { ...writtenFiles(users[name]), ...(Object.fromEntries(tls) as Record<string, string>) };
      // Settings of plugins are checked when the plugins are: by a server that starts.
      const script = `install -d -o mysql -g mysql /run/mysqld && chown root:mysql /etc/mysql/foobar/*
      mysqld --no-defaults --user=mysql --datadir=/var/lib/mysql/data --initialize-insecure 2>/dev/null
      mysqld --user=mysql 2>/tmp/log & for i in $(seq 300); do mysqladmin ping >/dev/null 2>&1 && break; sleep 0.1; done
      mysql -N -e "SELECT CONCAT(VARIABLE_NAME, ' = ', VARIABLE_VALUE) FROM performance_schema.global_variables"
      grep -E "ERROR|unknown variable|deprecated" /tmp/log >&2; mysqladmin shutdown; wait; true`;
      const result = await runInImage(["sh", "-c", script], { files, timeoutMs: 120_000 });
      // The one setting that is deprecated says what 8.4 and 9.7 both still need said.
      const complaints = result.stderr
        .split("\n")
        .filter((line) => line !== "" && !line.includes("'binlog_format' is deprecated"));
      expect(complaints).toEqual([]);
      for (const setting of [
        "sync_binlog = 1",
        ...own,
        `super_read_only = ${readOnly}`,
        "gtid_mode = ON",
        "clone_ssl_ca = /etc/mysql/foobar/ca.pem",
      ]) {
        expect(result.stdout).toContain(`${setting}\n`);
      }
    },
    150_000,
  );

  test.each(["lb", "web", "db"])("systemd takes every unit and drop-in of %s", async (tier) => {
    const files = {
      ...writtenFiles(users[`${tier}-1.prometheus`]),
      ...bundleFiles("common"),
      ...bundleFiles(tier),
      ...bundleFiles("agent-prometheus"),
    };
    const programs = new Set(
      Object.values(files).flatMap((text) => text.match(/\/opt\/foobar\/host\/bin\/[\w-]+/g) ?? []),
    );
    const units = new Set(
      Object.keys(files)
        .map((path) => /^\/etc\/systemd\/system\/([^/]+\.(?:service|timer))(?:\.d\/.*)?$/.exec(path)?.[1])
        .filter((unit) => unit !== undefined),
    );
    expect(units.size).toBeGreaterThan(5);
    // Units that this image lacks or masks have nothing that a drop-in could be verified against.
    const script = `for p in ${[...programs].join(" ")} /usr/local/sbin/foobar-bootstrap; do install -D -m 755 /bin/true $p; done
      install -D /bin/true /opt/foobar/app/server.js
      useradd --system foobar; useradd --system foobar-role
      for u in ${[...units].join(" ")}; do
        [ "$(readlink /etc/systemd/system/$u)" = /dev/null ] && continue
        [ -e /usr/lib/systemd/system/$u ] || [ -e /etc/systemd/system/$u ] && list="$list $u"
      done
      systemd-analyze verify --man=no $list`;
    const result = await runInImage(["sh", "-c", script], { files });
    const complaints = result.stderr.split("\n").filter((line) => line.includes("foobar"));
    expect(complaints).toEqual([]);
    expect(result).toMatchObject({ code: 0 });
  });
});
