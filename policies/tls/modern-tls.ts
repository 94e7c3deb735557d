import guideline from "../data/mozilla-6.0.json";
import type { Bind } from "../parse/haproxy";
import type { ListenerTls } from "../parse/web";

export type ProfileName = keyof typeof guideline.profiles;

/** A listener's TLS as far as a guideline speaks of it. */
export interface OfferedTls {
  protocols: string[];
  /** Of TLS 1.2, by OpenSSL's names; undefined: whatever the library offers. */
  ciphers?: string[];
  /** Of TLS 1.3; undefined: OpenSSL's three, which every guideline has. */
  suites?: string[];
  /** Undefined: whatever the library offers. */
  curves?: string[];
  serverOrder: boolean;
}

export const GUIDELINE = `Mozilla's guideline ${guideline.version}`;
export const PROFILES = Object.keys(guideline.profiles) as ProfileName[];

export function hstsSeconds(profile: ProfileName): number {
  return guideline.profiles[profile].hstsSeconds;
}

/** The longest life of a certificate, days. */
export function certificateDays(profile: ProfileName): number {
  return guideline.profiles[profile].certificateDays;
}

/** Protocols that the guideline's profile lacks. */
export function oldProtocols(protocols: readonly string[], profile: ProfileName): string[] {
  const wanted: readonly string[] = guideline.profiles[profile].protocols;
  return protocols.filter((protocol) => !wanted.includes(protocol));
}

/** Where a listener leaves the guideline, each in words that follow "offers" or stand for themselves. */
export function departures(tls: OfferedTls, profile: ProfileName): string[] {
  const wanted = guideline.profiles[profile];
  const found: string[] = [];
  const beyond = (names: string[], allowed: string[]) => names.filter((name) => !allowed.includes(name));
  const old = oldProtocols(tls.protocols, profile);
  if (old.length > 0) found.push(`offers ${old.join(", ")}, want ${wanted.protocols.join(", ")}`);
  if (!tls.protocols.includes("TLSv1.3"))
    found.push(`offers ${tls.protocols.join(", ") || "no protocol"}, want TLSv1.3, too`);
  // Old ciphers of a protocol that is not offered do no harm.
  if (tls.protocols.some((protocol) => protocol !== "TLSv1.3") && wanted.ciphers.length > 0) {
    const ciphers = tls.ciphers && beyond(tls.ciphers, wanted.ciphers);
    if (!ciphers) found.push("offers its library's own ciphers for TLS 1.2, want the guideline's six");
    else if (ciphers.length > 0)
      found.push(`offers ${ciphers.join(", ")}, want no cipher that the guideline lacks`);
  }
  const suites = beyond(tls.suites ?? [], wanted.suites);
  if (suites.length > 0) found.push(`offers ${suites.join(", ")}, want ${wanted.suites.join(", ")}`);
  const curves = tls.curves && beyond(tls.curves.map(curveName), wanted.curves);
  if (!curves) found.push(`offers its library's own curves, want ${wanted.curves.join(", ")}`);
  else if (curves.length > 0) found.push(`offers ${curves.join(", ")}, want ${wanted.curves.join(", ")}`);
  if (tls.serverOrder !== wanted.serverOrder)
    found.push("takes ciphers in its own order, want the client's, which knows what its hardware does fast");
  return found;
}

/** Curves have several names. */
function curveName(name: string): string {
  return { "P-256": "prime256v1", secp256r1: "prime256v1", "P-384": "secp384r1" }[name] ?? name;
}

const VERSIONS = ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
/** HAProxy offers nothing older unless it is told to (configuration manual 3.0, 5.1 "ssl-min-ver"). */
const OLDEST_OF_HAPROXY = "TLSv1.2";

/** The protocols that a `bind` or `server` line with its defaults offers. */
export function protocolsOf(options: Bind["options"]): string[] {
  const word = (version: string) => version.replace(".", "").toLowerCase();
  const forced = VERSIONS.find((version) => options.has(`force-${word(version)}`));
  if (forced) return [forced];
  const low = VERSIONS.indexOf(options.get("ssl-min-ver") ?? OLDEST_OF_HAPROXY);
  const high = VERSIONS.indexOf(options.get("ssl-max-ver") ?? "TLSv1.3");
  return VERSIONS.slice(low, high + 1).filter((version) => !options.has(`no-${word(version)}`));
}

/** What a `bind` line with its defaults offers. */
export function offeredByBind({ options }: Bind): OfferedTls {
  const list = (name: string) => options.get(name)?.split(":").filter(Boolean);
  return {
    protocols: protocolsOf(options),
    ciphers: list("ciphers"),
    suites: list("ciphersuites"),
    curves: list("curves") ?? list("ecdhe"),
    serverOrder: !options.has("prefer-client-ciphers"),
  };
}

/** What a listener of nginx or Apache offers. */
export function offeredByListener({
  protocols,
  ciphers,
  suites,
  curves,
  serverOrder,
}: ListenerTls): OfferedTls {
  const set = (names: string[]) => (names.length > 0 ? names : undefined);
  return { protocols, ciphers: set(ciphers), suites: set(suites), curves: set(curves), serverOrder };
}
