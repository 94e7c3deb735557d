import type { Transport } from "./shape";

/** What nginx and Apache are told, in whatever words each of them has: they behave alike. */
export interface WebConfigArgs {
  siteName: string;
  /** The bare domain, redirected where clients' TLS ends here. */
  apexName?: string;
  /** `web-1.foobar.internal` */
  fqdn: string;
  /** The private zone. */
  domain: string;
  transports: Transport[];
}

/** The internal CA, this host's certificate and key, and the site's certificate, chain and key in one file. */
export const WEB_TLS = {
  ca: "/etc/foobar/tls/ca.pem",
  certificate: "/etc/foobar/tls/host.pem",
  key: "/etc/foobar/tls/host.key",
  site: "/etc/foobar/tls/site.pem",
};

/** Limits and waits of both servers. */
export const WEB = {
  /** Longer than HAProxy keeps an idle connection: the side that reuses connections is the side that closes them. */
  keepAliveSec: 300,
  /** Clients themselves, where their TLS ends here. Longer than HAProxy passes an idle connection through. */
  clientKeepAliveSec: 35,
  requestsOfConnection: 10_000,
  headerSec: 10,
  bodySec: 10,
  bodyMiB: 1,
  connectSec: 1,
  /**
   * The application answers within 11 s, whatever its databases do. Under the load balancer's 15 s, so that the cause
   * of a late answer is logged here.
   */
  readSec: 13,
  readinessSec: 5,
  /** A graceful stop waits this long for requests in flight; the units' stop timeouts are longer. */
  stopSec: 15,
};

/** Names in certificates of load balancers, for a regular expression: `lb-1.foobar.internal` and so on. */
export function balancerNames(domain: string): string {
  return `lb-[a-z0-9-]+\\.${domain.replaceAll(".", "\\.")}`;
}
