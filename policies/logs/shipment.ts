/** Where logs go. */
export type Place =
  | { kind: "datadog"; site: string }
  /** A log group of CloudWatch Logs, by name. */
  | { kind: "log-group"; name: string }
  /** A host or a service, by the address that the program connects to. */
  | { kind: "address"; address: string };

/** One program that sends a host's logs away. */
export interface Shipment {
  /** As its vendor writes it. */
  program: string;
  /** The systemd unit that runs it. */
  unit: string;
  to: Place;
  /** `verified`: TLS, and the other side's certificate and name are checked. */
  transport: "verified" | "unverified" | "plain";
  /** Whether it sends the system's whole log, where the site's programs write theirs, and not only some files. */
  everything: boolean;
  /** Paths and globs of the files that it sends. */
  files: string[];
}

/** The same text for the same place. */
export function nameOf(place: Place): string {
  if (place.kind === "datadog") return place.site;
  return place.kind === "log-group" ? `log group ${place.name}` : place.address;
}

/** Host name of `https://name:port/path` or `name:port`. */
export function hostOf(address: string): string {
  return address.replace(/^[a-z0-9+]+:\/\//i, "").replace(/(:\d+)?(\/.*)?$/, "");
}
