import type { Fixture } from "../../support/policies";

/** One single fault, put into the good site, and who must see it. */
export interface Mutation {
  /** What is wrong, as the subject of "… is caught by". */
  fault: string;
  break(site: Fixture): unknown;
  /** The rule that catches it; more than one only where one fault breaks more than one promise, which `why` tells. */
  caughtBy: string | string[];
  why?: string;
}

export const HAPROXY = "/etc/haproxy/haproxy.cfg";
export const NGINX = "/etc/nginx/nginx.conf";
export const APACHE = "/etc/apache2/apache2.conf";
export const WAF = "/etc/foobar/waf.conf";
export const MYSQL = "/etc/mysql/mysql.conf.d/zz-foobar.cnf";
export const NFTABLES = "/etc/nftables.conf";
export const APP = "/etc/foobar/app.env";
export const HOST = "/etc/foobar/host.env";
export const AGENT = "/etc/datadog-agent/datadog.yaml";

/** Zones of the good site. */
export const [A, B, C] = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];

/** Moves a host, its volume too, into another zone. */
export function move(site: Fixture, host: string, tier: "edge" | "web" | "data", zone: string): void {
  site.change(`${host}-instance`, { subnetId: site.ref(`network-${tier}-${zone}`) });
  if (tier === "data") site.change(`${host}-volume`, { availabilityZone: zone });
}

/** Takes a host away with all that is only there for it. */
export function removeHost(site: Fixture, host: string): void {
  site.remove(
    ...site.names.filter(
      (name) => name.startsWith(`${host}-`) || new RegExp(`^entrance-\\d+-${host}$`).test(name),
    ),
    host,
  );
}

/** One statement more in the policy of a role. */
export function allow(site: Fixture, policy: string, statement: object): void {
  const document = JSON.parse(site.get(policy, "policy") as string) as { Statement: object[] };
  document.Statement.push({ Effect: "Allow", ...statement });
  site.change(policy, { policy: JSON.stringify(document) });
}
