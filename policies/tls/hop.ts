import type { Host } from "../site/host";
import type { Resource, Unknown } from "../site/resources";

/** How far the bytes of a hop are protected. `verified`: encrypted, and whoever connects checks who answers. */
export type Protection = "plain" | "unverified" | "verified" | "unknown";

/** One connection that bytes of the site travel on. */
export interface Hop {
  purpose:
    | "page"
    | "read"
    | "write"
    | "replication"
    | "group"
    | "recovery"
    | "clone"
    | "counters"
    | "metrics"
    | "logs"
    | "AWS API"
    | "anything";
  /** Short name, such as `web-1`. */
  from: string;
  /** Short name and port, such as `db-1:3306`. */
  to: string;
  protection: Protection;
  /** What says so: host, file, line and directive. */
  evidence: string;
  /** What would make it verified. */
  fix?: string;
  /** Whose configuration would have to change. */
  resource?: Resource;
}

/** What is known about the protection of a hop. */
export type Judgement = Pick<Hop, "protection" | "evidence" | "fix" | "resource">;

/**
 * The file in which every host keeps the certificate of the site's own authority, whatever the folder: what
 * host/lib/foobar_host/secrets.py makes of the secret `tls/ca`. Another file is another authority.
 */
const AUTHORITY = "ca.pem";

export function isSiteAuthority(file: string | undefined): boolean {
  return file !== undefined && file.split("/").at(-1) === AUTHORITY;
}

export function verified(host: Host, evidence: string): Judgement {
  return { protection: "verified", evidence: `${host.name} ${evidence}`, resource: host.resource };
}

export function weak(
  host: Host,
  protection: "plain" | "unverified",
  evidence: string,
  fix: string,
): Judgement {
  return { protection, evidence: `${host.name} ${evidence}`, fix, resource: host.resource };
}

export function notKnown(host: Host, value: Unknown | string): Judgement {
  const what = typeof value === "string" ? value : value.path;
  return { protection: "unknown", evidence: `${host.name}: ${what}`, resource: host.resource };
}

/** Worst first. */
const ORDER: readonly Protection[] = ["plain", "unverified", "unknown", "verified"];

/** The worst of several judgements; the first of equals. */
export function worst(judgements: readonly Judgement[]): Judgement {
  return judgements.reduce((one, other) =>
    ORDER.indexOf(other.protection) < ORDER.indexOf(one.protection) ? other : one,
  );
}
