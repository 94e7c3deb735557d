import {
  departures,
  GUIDELINE,
  hstsSeconds,
  offeredByBind,
  offeredByListener,
  PROFILES,
  type ProfileName,
} from "../modern-tls";
import type { Proxy } from "../parse/haproxy";
import { publicListeners } from "../public-listeners";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";

interface Settings extends Record<string, unknown> {
  profile: ProfileName;
}

export const tlsModern = rule<Settings>({
  id: "tls-modern",
  title: "Clients get the protocols, ciphers and HSTS of Mozilla's current guideline",
  why: "Old protocols and ciphers can be broken or forced upon a client that could do better, and a visitor who was never told to insist on HTTPS can be led past it. Mozilla keeps a guideline of what today's clients need and nothing more; its version is pinned here, so that a new one is a change that somebody makes.",
  sources: [
    { title: "Mozilla, Server Side TLS", url: "https://wiki.mozilla.org/Security/Server_Side_TLS" },
    { title: "Mozilla's guideline 6.0 as data", url: "https://ssl-config.mozilla.org/guidelines/6.0.json" },
    { title: "RFC 6797: HTTP Strict Transport Security", url: "https://www.rfc-editor.org/rfc/rfc6797" },
  ],
  fix: "Take the protocols, ciphers, curves and HSTS age of the guideline; for HAProxy that is four ssl-default-bind lines and one header.",
  severity: "high",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC09-BP02" },
    { name: "NIST SP 800-52", version: "rev. 2", reference: "3.1" },
    { name: "PCI DSS", version: "4.0.1", reference: "2.2.7" },
  ],
  examples: {
    language: "haproxy",
    bad: "ssl-default-bind-options ssl-min-ver TLSv1.0\n",
    good: "ssl-default-bind-options ssl-min-ver TLSv1.2 prefer-client-ciphers no-tls-tickets\n",
  },
  proof:
    "The lab connects to the site with each protocol, cipher and curve that OpenSSL knows: those of the guideline are taken and all others refused. Every answer, an error page's too, carries Strict-Transport-Security.",
  settings: {
    profile: {
      type: "string",
      default: "intermediate",
      description: `Profile of the guideline: ${PROFILES.join(" or ")}`,
    },
  },
  check(site, { profile }) {
    if (site.hosts.length === 0) return notApplicable("the stack has no hosts");
    if (!PROFILES.includes(profile))
      throw new Error(`profile: want ${PROFILES.join(" or ")}, got ${profile}`);
    const { listeners, unknown: hidden } = publicListeners(site);
    const findings: Finding[] = hidden.map(([host, value]) =>
      unknown(host.resource, value, `which TLS ${host.name} offers`),
    );
    for (const { host, path, line, port, bind, proxy, web } of listeners) {
      const where = `${host.name} port ${port} (${path}:${line})`;
      const tls = bind ? offeredByBind(bind) : offeredByListener(web.tls!);
      findings.push(
        ...departures(tls, profile).map((what) =>
          violation(host.resource, `${where} ${what}; take those of ${GUIDELINE}, ${profile}`),
        ),
      );
      const age = proxy ? hstsOf(proxy) : web.tls!.hstsSeconds;
      const least = hstsSeconds(profile);
      if (age === undefined || age < least)
        findings.push(
          violation(
            host.resource,
            `${where} has ${age === undefined ? "no Strict-Transport-Security on every answer" : `Strict-Transport-Security for ${age} s`}, want max-age of at least ${least}; set it without a condition`,
          ),
        );
    }
    return findings.length > 0 || listeners.length > 0
      ? findings
      : notApplicable("no host of this stack ends clients' TLS");
  },
});

/** `max-age` that a proxy sets on every answer, its own errors and redirects included: that takes `http-after-response`. */
function hstsOf(proxy: Proxy): number | undefined {
  const set = [
    ...proxy.all("http-after-response set-header"),
    ...proxy.all("http-after-response add-header"),
  ].filter(
    ({ words }) =>
      words[2]?.toLowerCase() === "strict-transport-security" &&
      (words.length === 4 || isAlways(words.slice(4))),
  );
  const age = /\bmax-age="?(\d+)/i.exec(set.at(-1)?.words[3] ?? "")?.[1];
  return age === undefined ? undefined : Number(age);
}

function isAlways(condition: string[]): boolean {
  return condition.join(" ") === "if { ssl_fc }";
}
