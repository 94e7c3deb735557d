/** What nginx and Apache have in common for who asks: where they listen, with which TLS, and where requests go on to. */

/** TLS of a listener, with the defaults of its server where nothing is written. */
export interface ListenerTls {
  /** Such as `TLSv1.2` and `TLSv1.3`. */
  protocols: string[];
  /** Names and keywords of OpenSSL's list for TLS 1.2 and older, as written. */
  ciphers: string[];
  /** Of TLS 1.3; empty: OpenSSL's own. */
  suites: string[];
  /** Groups of the key exchange; empty: OpenSSL's own. */
  curves: string[];
  certificate?: string;
  /** The authority that client certificates are verified with. */
  clientCa?: string;
  /** `max-age` of Strict-Transport-Security, as the page at / has it. */
  hstsSeconds?: number;
  sessionTickets: boolean;
  /** Whether the server's order of ciphers counts. */
  serverOrder: boolean;
}

export interface Forward {
  /** A path for a Unix socket. */
  host: string;
  /** 0 for a Unix socket. */
  port: number;
  tls: boolean;
  /** Whether the certificate there is verified. */
  verify: boolean;
  /** The location whose requests go there. */
  path: string;
}

export type Waf = "blocking" | "detecting" | "off";

export interface WebListener {
  server: "nginx" | "apache";
  file: string;
  line: number;
  /** `0.0.0.0` for all. */
  address: string;
  port: number;
  names: string[];
  tls?: ListenerTls;
  clientCertificate: "required" | "optional" | "none";
  /** Whether it wants the PROXY protocol in front of every connection. */
  proxyProtocol: boolean;
  /** Upstreams are resolved to their servers. */
  forwardsTo: Forward[];
  /** ModSecurity, with rules. Of the locations that forward, the one that it guards least counts. */
  waf: Waf;
  /** Longest silence of the server behind it, seconds; for what goes to /. Undefined when nothing is forwarded. */
  readTimeoutSec?: number;
  connectTimeoutSec?: number;
  http2: boolean;
  /** Whether it answers nothing but counters of this server. */
  statusOnly: boolean;
}

export { apacheListeners } from "./web-apache";
export { nginxListeners } from "./web-nginx";
