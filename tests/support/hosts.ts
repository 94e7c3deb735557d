import { parse } from "yaml";
import {
  databaseUserData,
  loadBalancerUserData,
  webServerUserData,
  type DatabaseHost,
  type HostCommon,
  type LoadBalancerHost,
  type WebServerHost,
} from "../../components/render";

const common = {
  domain: "foobar.internal",
  region: "us-east-1",
  bucket: "foobar-baseline-123456789012",
  hostBundleKey: "bundles/host-0123456789ab.tar.gz",
  secretPrefix: "foobar/baseline",
  agent: "prometheus",
} satisfies Partial<HostCommon>;

/** A load balancer as the baseline has it. */
export const loadBalancer: LoadBalancerHost = {
  ...common,
  name: "lb-1",
  siteName: "www.foobar.com",
  apexName: "foobar.com",
  webServers: [
    { name: "web-1", weight: 100 },
    { name: "web-2", weight: 100 },
    { name: "web-3", weight: 50 },
  ],
  tls: "terminate",
  entrance: "elastic-ip",
  balancers: ["lb-1"],
  mode: "active-active",
};

/** A web server as the baseline has it. */
export const webServer: WebServerHost = {
  ...common,
  name: "web-1",
  siteName: "www.foobar.com",
  apexName: "foobar.com",
  server: "nginx",
  transports: ["plain"],
  appBundleKey: "bundles/app-0123456789ab.tar.gz",
  databases: [{ name: "db-1" }, { name: "db-2" }],
  database: "pair",
  readWeights: { primary: 0, replica: 100 },
};

/** One of two load balancers behind a network load balancer, with TLS of its own inside. */
export const hardenedBalancer: LoadBalancerHost = {
  ...loadBalancer,
  tls: "end-to-end",
  entrance: "network-load-balancer",
  balancers: ["lb-1", "lb-2"],
  rateLimit: { requests: 2000, windowSec: 10 },
};

/** A web server that only load balancers may connect to. */
export const hardenedWebServer: WebServerHost = { ...webServer, transports: ["mutual-tls"] };

/** The pair's primary as the baseline has it. */
export const primary = {
  ...common,
  name: "db-1",
  serverId: 1,
  database: "pair",
  role: "primary",
  primaryName: "db-1",
  members: ["db-1", "db-2"],
  memoryMiB: 2048,
} satisfies DatabaseHost;

/** The pair's replica as the baseline has it. */
export const replica = {
  ...primary,
  name: "db-2",
  serverId: 2,
  role: "replica",
} satisfies DatabaseHost;

/** A member of a group of three. */
export const member = {
  ...common,
  name: "db-2",
  serverId: 2,
  database: "group",
  members: ["db-1", "db-2", "db-3"],
  memoryMiB: 2048,
} satisfies DatabaseHost;

/** User data of every kind of host, by a name for it. */
export function allUserData(): Record<string, string> {
  const datadog = { agent: "datadog", datadogSite: "datadoghq.eu" } as const;
  return {
    "lb-1.prometheus": loadBalancerUserData(loadBalancer),
    "web-1.prometheus": webServerUserData(webServer),
    "db-1.prometheus": databaseUserData(primary),
    "db-2.prometheus": databaseUserData(replica),
    "db-2.group": databaseUserData(member),
    "web-1.group": webServerUserData({
      ...webServer,
      databases: member.members.map((name) => ({ name })),
      database: "group",
    }),
    "lb-1.datadog": loadBalancerUserData({ ...loadBalancer, ...datadog }),
    "web-1.datadog": webServerUserData({ ...webServer, ...datadog }),
    "db-1.datadog": databaseUserData({ ...primary, ...datadog }),
    ...edgeVariants(),
    ...webVariants(),
  };
}

function edgeVariants(): Record<string, string> {
  return {
    "lb-1.end-to-end": loadBalancerUserData(hardenedBalancer),
    "lb-2.standby": loadBalancerUserData({ ...hardenedBalancer, name: "lb-2", mode: "active-passive" }),
    "lb-1.passthrough": loadBalancerUserData({ ...hardenedBalancer, tls: "passthrough" }),
    "lb-1.limited": loadBalancerUserData({ ...loadBalancer, rateLimit: { requests: 500, windowSec: 60 } }),
  };
}

function webVariants(): Record<string, string> {
  const apache = { name: "web-2", server: "apache" } as const;
  const passthrough: WebServerHost = { ...webServer, transports: ["site-tls"] };
  return {
    "web-1.end-to-end": webServerUserData(hardenedWebServer),
    "web-1.passthrough": webServerUserData(passthrough),
    "web-1.changing": webServerUserData({ ...webServer, transports: ["plain", "mutual-tls"] }),
    "web-2.apache": webServerUserData({ ...webServer, ...apache }),
    "web-2.apache-end-to-end": webServerUserData({ ...hardenedWebServer, ...apache }),
    "web-2.apache-passthrough": webServerUserData({ ...passthrough, ...apache }),
    "web-2.apache-datadog": webServerUserData({
      ...{ ...hardenedWebServer, ...apache },
      ...{ agent: "datadog", datadogSite: "datadoghq.eu" },
    }),
  };
}

/** The parts of a cloud-config document that this project uses. */
export interface CloudConfig {
  hostname: string;
  fqdn: string;
  write_files: { path: string; permissions: string; content: string }[];
  runcmd: string[][];
}

export function parseCloudConfig(userData: string): CloudConfig {
  return parse(userData) as CloudConfig;
}

/** What user data writes: path → content. */
export function writtenFiles(userData: string): Record<string, string> {
  return Object.fromEntries(parseCloudConfig(userData).write_files.map((file) => [file.path, file.content]));
}
