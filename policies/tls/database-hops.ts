import { Host } from "../site/host";
import type { MysqlConfig } from "../parse/mysql";
import { isUnknown } from "../site/resources";
import type { Site } from "../site/site";
import { APP_ENVIRONMENT } from "../site/service-needs";
import type { Connection } from "../site/topology";
import {
  isSiteAuthority,
  notKnown,
  verified,
  weak,
  worst,
  type Hop,
  type Judgement,
  type Protection,
} from "./hop";
import { judgeServer } from "./server-tls";

const HOST_ENVIRONMENT = "/etc/foobar/host.env";
const MY_CNF = "/etc/mysql";
const AUTHORITY_FIX = "name the site's authority (…/ca.pem) there";

/** To MySQL and between its servers. */
export function databaseHops(site: Site): Hop[] {
  return [
    ...site.topology.connections.flatMap(hopsOf),
    ...site.topology.databases.flatMap((host) => [...openToPlain(host), ...recovery(host)]),
  ];
}

function hopsOf(connection: Connection): Hop[] {
  const { purpose, from, to, port } = connection;
  if (purpose === "page" || !(from instanceof Host) || !(to instanceof Host)) return [];
  const hop = (kind: Hop["purpose"], judged: Judgement): Hop => ({
    ...{ purpose: kind, from: from.name, to: `${to.name}:${port}` },
    ...judged,
  });
  if (purpose === "group") return [hop("group", groupTls(from))];
  if (purpose === "replication") return [hop("replication", replicationTls(from)), ...cloneHop(from, hop)];
  return [hop(purpose, worst([clientTls(connection, from, to), serverCertificate(to)]))];
}

/**
 * Who checks the database's certificate: HAProxy when it speaks TLS itself; else the application, whose bytes it only
 * passes on.
 */
function clientTls({ server }: Connection, from: Host, to: Host): Judgement {
  if (server?.options.has("ssl"))
    return judgeServer(from, to, (!isUnknown(from.haproxy) && from.haproxy?.path) || "haproxy.cfg", server);
  const told = from.environment(APP_ENVIRONMENT);
  if (told === undefined) return notKnown(from, `how it connects to ${to.name}, since it has no app.env`);
  if (isUnknown(told)) return notKnown(from, told);
  const authority = told.DATABASE_CA_FILE;
  if (!isSiteAuthority(authority))
    return weak(
      from,
      "unverified",
      `${APP_ENVIRONMENT} DATABASE_CA_FILE is ${authority ?? "not set"}, which is not the site's authority`,
      AUTHORITY_FIX,
    );
  const names = (told.DATABASE_SERVER_NAMES ?? "").split(",").map((name) => name.trim().toLowerCase());
  if (to.fqdn !== undefined && !names.includes(to.fqdn.toLowerCase()))
    return weak(
      from,
      "unverified",
      `${APP_ENVIRONMENT} DATABASE_SERVER_NAMES does not name ${to.fqdn}`,
      "name every database there",
    );
  return verified(from, `${APP_ENVIRONMENT} DATABASE_CA_FILE and DATABASE_SERVER_NAMES`);
}

/** Whether a database has a certificate to show that can be verified at all. */
function serverCertificate(host: Host): Judgement {
  return withConfig(host, (config) => {
    for (const variable of ["ssl_ca", "ssl_cert", "ssl_key"])
      if (!config.get(variable))
        return weak(
          host,
          "unverified",
          `${variable} is not set, so that the server would make a certificate of its own`,
          "set ssl_ca, ssl_cert and ssl_key",
        );
    if (!isSiteAuthority(config.get("ssl_ca")))
      return weak(host, "unverified", `${at(config, "ssl_ca")}, not the site's authority`, AUTHORITY_FIX);
    if (config.get("tls_version") === "")
      return weak(host, "plain", `${at(config, "tls_version")} turns TLS off`, "set tls_version = TLSv1.3");
    return verified(host, at(config, "ssl_cert"));
  });
}

/** A server that takes plain connections, too, has a hop that nobody can account for. */
function openToPlain(host: Host): Hop[] {
  const judged = withConfig(host, (config) =>
    config.on("require_secure_transport") === true
      ? verified(host, at(config, "require_secure_transport"))
      : weak(
          host,
          "plain",
          `${at(config, "require_secure_transport")}: connections without TLS are taken, too`,
          "set require_secure_transport = ON",
        ),
  );
  if (judged.protection === "verified") return [];
  return [{ purpose: "anything", from: "anyone", to: host.name, ...judged }];
}

/**
 * `CHANGE REPLICATION SOURCE TO` has no place in my.cnf. What it says about TLS stands in host.env, which the host's
 * boot obeys.
 */
function replicationTls(host: Host): Judgement {
  const settings = host.environment(HOST_ENVIRONMENT);
  if (isUnknown(settings)) return notKnown(host, settings);
  const { FOOBAR_SOURCE_SSL_CA: authority, FOOBAR_SOURCE_SSL_VERIFY_SERVER_CERT: verify } = settings ?? {};
  if (authority === undefined || verify === undefined)
    return notKnown(
      host,
      `${HOST_ENVIRONMENT} lacks FOOBAR_SOURCE_SSL_CA or FOOBAR_SOURCE_SSL_VERIFY_SERVER_CERT`,
    );
  if (verify !== "1")
    return weak(
      host,
      "unverified",
      `${HOST_ENVIRONMENT} FOOBAR_SOURCE_SSL_VERIFY_SERVER_CERT=${verify}`,
      "set it to 1",
    );
  if (!isSiteAuthority(authority))
    return weak(
      host,
      "unverified",
      `${HOST_ENVIRONMENT} FOOBAR_SOURCE_SSL_CA=${authority}, not the site's authority`,
      AUTHORITY_FIX,
    );
  return verified(
    host,
    `${HOST_ENVIRONMENT} FOOBAR_SOURCE_SSL_CA and FOOBAR_SOURCE_SSL_VERIFY_SERVER_CERT=1`,
  );
}

/**
 * CLONE verifies the donor's certificate when it knows an authority ("Cloning Remote Data", "clone_ssl_ca"). It never
 * checks the name: the host's boot asks for that first.
 */
function cloneHop(from: Host, hop: (kind: "clone", judged: Judgement) => Hop): Hop[] {
  const { mysql } = from;
  if (!mysql || isUnknown(mysql) || !mysql.plugins.some((plugin) => /\bmysql_clone\b/.test(plugin)))
    return [];
  return [hop("clone", authority(from, mysql, "clone_ssl_ca"))];
}

/** `group_replication_ssl_mode`: only VERIFY_IDENTITY checks names; its default differs between 8.4 and 9.7. */
function groupTls(host: Host): Judgement {
  return withConfig(host, (config) => {
    const variable = "group_replication_ssl_mode";
    const mode = config.get(variable)?.toUpperCase();
    if (mode !== "VERIFY_IDENTITY") {
      const protection = mode === undefined || mode === "DISABLED" ? "plain" : "unverified";
      return weak(host, protection, at(config, variable), `set ${variable} = VERIFY_IDENTITY`);
    }
    return authority(host, config, "ssl_ca");
  });
}

/** How a member of a group gets what it missed, and with communication stack MYSQL everything. */
function recovery(host: Host): Hop[] {
  const { mysql } = host;
  if (!mysql || isUnknown(mysql) || mysql.get("group_replication_group_name") === undefined) return [];
  const switches: [string, Protection & ("plain" | "unverified")][] = [
    ["group_replication_recovery_use_ssl", "plain"],
    ["group_replication_recovery_ssl_verify_server_cert", "unverified"],
  ];
  const off = switches.find(([variable]) => mysql.on(variable) !== true);
  const judged = off
    ? weak(host, off[1], at(mysql, off[0]), `set ${off[0]} = ON`)
    : authority(host, mysql, "group_replication_recovery_ssl_ca");
  return [{ purpose: "recovery", from: host.name, to: "a member of its group", ...judged }];
}

function authority(host: Host, config: MysqlConfig, variable: string): Judgement {
  if (isSiteAuthority(config.get(variable))) return verified(host, at(config, variable));
  const what = config.get(variable) === undefined ? "" : ", not the site's authority";
  return weak(host, "unverified", `${at(config, variable)}${what}`, `set ${variable} to the site's ca.pem`);
}

function withConfig(host: Host, judge: (config: MysqlConfig) => Judgement): Judgement {
  const { mysql } = host;
  if (isUnknown(mysql)) return notKnown(host, mysql);
  return mysql ? judge(mysql) : notKnown(host, "its my.cnf, which user data does not have");
}

/** A setting with its place, such as `…/zz-foobar.cnf:18 ssl_ca = /etc/mysql/foobar/ca.pem`. */
function at(config: MysqlConfig, variable: string): string {
  const place = config.file(variable);
  if (!place) return `${MY_CNF} ${variable} is not set`;
  return `${place.path}:${place.line} ${variable} = ${config.get(variable) ?? ""}`;
}
