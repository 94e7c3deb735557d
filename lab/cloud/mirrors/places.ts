import { isIPv4 } from "node:net";

/** A mirror, and where hosts find it. */
export interface MirrorPlace {
  host: string;
  port: number;
  /** In the lab's internet. */
  address: string;
}

const ports: Record<string, number> = { "http:": 80, "https:": 443 };

/**
 * One place for each host and port among the archives' base addresses. A host that is known by its address keeps it,
 * others get addresses from 203.0.113.100 on. Throws for what is reached neither by HTTP nor by HTTPS.
 */
export function mirrorPlaces(archives: readonly string[]): MirrorPlace[] {
  const named: string[] = [];
  const places = archives.map((archive) => {
    const { protocol, hostname: host, port } = new URL(archive);
    if (!(protocol in ports))
      throw new Error(`package source: want http or https, got ${archive}; give apt another mirror`);
    if (!isIPv4(host) && !named.includes(host)) named.push(host);
    const address = isIPv4(host) ? host : `203.0.113.${100 + named.indexOf(host)}`;
    return { host, port: port === "" ? ports[protocol] : Number(port), address };
  });
  return [...new Map(places.map((place) => [`${place.host}:${place.port}`, place])).values()];
}
