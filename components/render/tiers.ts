import type { DatabaseForm } from "./database-host";
import { databaseProxyConfig, type ReadWeights } from "./haproxy-database";
import { edgeProxyConfig } from "./haproxy-edge";
import { HOST_RECORD_TTL_SEC } from "./haproxy-common";
import { checkNames, checkRange, hostUserData, type HostCommon } from "./host";
import { apacheConfig } from "./apache";
import { nginxConfig } from "./nginx";
import { APP_PORT, MYSQL_PORT, MYSQL_READ_PORT } from "./ports";
import type { WebConfigArgs } from "./web-server";
import type { HostFile } from "./cloud-init";
import type { BalancerMode, Entrance, RateLimit, Tls, Transport, WebServerProgram } from "./shape";

/** A load balancer: HAProxy with the site's certificate in front of the web servers. */
export interface LoadBalancerHost extends HostCommon {
  /** The name that is served: `www.foobar.com`. */
  siteName: string;
  /** The bare domain, redirected to the site's name. @default none */
  apexName?: string;
  /** Short names, with weights from 1 to 256. */
  webServers: { name: string; weight: number }[];
  tls: Tls;
  entrance: Entrance;
  /** Short names of all load balancers, this one too, in order. */
  balancers: string[];
  mode: BalancerMode;
  /** @default none */
  rateLimit?: RateLimit;
}

/** A web server: nginx or Apache, the application, and local addresses for the databases. */
export interface WebServerHost extends HostCommon {
  siteName: string;
  /** The bare domain; redirected to the site's name where clients' TLS ends here. @default none */
  apexName?: string;
  server: WebServerProgram;
  /** What it speaks with the load balancers; two of them while that changes. */
  transports: Transport[];
  /** Key of the application's bundle in the bucket: a tar.gz with server.js at the top. */
  appBundleKey: string;
  databases: { name: string }[];
  /** What the databases form. */
  database: DatabaseForm;
  readWeights: ReadWeights;
}

/** User data of a load balancer. */
export function loadBalancerUserData(args: LoadBalancerHost): string {
  checkNames(
    "webServers",
    args.webServers.map((server) => server.name),
  );
  for (const server of args.webServers) checkRange(`webServers ${server.name} weight`, server.weight, 1, 256);
  checkNames("balancers", args.balancers);
  const settings = {
    FOOBAR_SITE: args.siteName,
    FOOBAR_TLS: args.tls,
    FOOBAR_ENTRANCE: args.entrance,
    FOOBAR_BALANCERS: args.balancers.map((balancer) => `${balancer}.${args.domain}`).join(","),
  };
  return hostUserData(args, "lb", settings, [
    { path: "/etc/haproxy/haproxy.cfg", content: edgeProxyConfig(args) },
  ]);
}

/** User data of a web server. */
export function webServerUserData(args: WebServerHost): string {
  checkNames(
    "databases",
    args.databases.map((database) => database.name),
  );
  checkRange("readWeights primary", args.readWeights.primary, 0, 256);
  checkRange("readWeights replica", args.readWeights.replica, 0, 256);
  if (args.readWeights.primary + args.readWeights.replica === 0) {
    throw new Error(
      "readWeights: want a role with a weight above 0, got none; give one to replica or primary",
    );
  }
  const names = args.databases.map(({ name }) => `${name}.${args.domain}`).join(",");
  const settings = {
    FOOBAR_SITE: args.siteName,
    FOOBAR_SERVER: args.server,
    FOOBAR_TRANSPORTS: args.transports.join(","),
    FOOBAR_APP_BUNDLE: args.appBundleKey,
    FOOBAR_RECORD_TTL_SEC: String(HOST_RECORD_TTL_SEC),
  };
  return hostUserData(args, "web", settings, [
    { path: "/etc/haproxy/haproxy.cfg", content: databaseProxyConfig(args) },
    webServerFile({ ...args, fqdn: `${args.name}.${args.domain}` }),
    {
      path: "/etc/foobar/app.env",
      content: `# What the application is told. Its bundle may be any: these are the whole interface.
NODE_ENV=production
PORT=${APP_PORT}
DATABASE_WRITE_HOST=127.0.0.1
DATABASE_WRITE_PORT=${MYSQL_PORT}
DATABASE_READ_HOST=127.0.0.1
DATABASE_READ_PORT=${MYSQL_READ_PORT}
DATABASE_NAME=foobar
DATABASE_CREDENTIALS_FILE=/etc/foobar/app/database.json
DATABASE_CA_FILE=/etc/foobar/app/ca.pem
DATABASE_SERVER_NAMES=${names}
`,
    },
  ]);
}

function webServerFile(args: WebConfigArgs & { server: WebServerProgram }): HostFile {
  return args.server === "nginx"
    ? { path: "/etc/nginx/nginx.conf", content: nginxConfig(args) }
    : { path: "/etc/apache2/apache2.conf", content: apacheConfig(args) };
}
