import { Host } from "../site/host";
import {
  certificateDays,
  departures,
  GUIDELINE,
  hstsSeconds,
  offeredByBind,
  offeredByListener,
  oldProtocols,
  PROFILES,
  protocolsOf,
  type ProfileName,
} from "../tls/modern-tls";
import type { Proxy } from "../parse/haproxy";
import { publicListeners } from "../tls/public-listeners";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";

const CERTIFICATES = [
  "tls:index/locallySignedCert:LocallySignedCert",
  "tls:index/selfSignedCert:SelfSignedCert",
];

interface Settings extends Record<string, unknown> {
  profile: ProfileName;
}

export const tlsModern = rule<Settings>({
  id: "tls-modern",
  title:
    "Clients get the protocols, ciphers, certificates and HSTS of Mozilla's current guideline, and nothing inside speaks older protocols",
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
    { name: "PCI DSS", version: "4.0.1", reference: "4.2.1" },
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
    findings.push(...inside(site, profile), ...certificates(site, profile));
    return findings.length > 0 || listeners.length > 0
      ? findings
      : notApplicable("no host of this stack ends clients' TLS");
  },
});

/** Both ends of a hop inside are ours, so neither has to be old for the other. */
function inside(site: Site, profile: ProfileName): Finding[] {
  const findings: Finding[] = [];
  const judge = (host: Host, what: string, protocols: readonly string[]) => {
    const old = oldProtocols(protocols, profile);
    if (old.length > 0)
      findings.push(
        violation(
          host.resource,
          `${host.name} ${what} offers ${old.join(", ")} inside, want nothing older than ${GUIDELINE} has; raise its least protocol`,
        ),
      );
  };
  const seen = new Set<unknown>();
  const once = (one: object, act: () => void) => {
    if (!seen.has(one)) act();
    seen.add(one);
  };
  for (const { from, to, port, server } of site.topology.connections) {
    if (!(from instanceof Host) || !(to instanceof Host)) continue;
    if (server?.options.has("ssl"))
      once(server, () => judge(from, `server ${server.name}`, protocolsOf(server.options)));
    const { web, mysql } = to;
    const listener = web && !isUnknown(web) ? web.find((one) => one.port === port) : undefined;
    if (listener?.tls) once(listener, () => judge(to, `port ${port}`, listener.tls!.protocols));
    const versions = mysql && !isUnknown(mysql) ? mysql.get("tls_version") : undefined;
    if (mysql && versions)
      once(mysql, () =>
        judge(
          to,
          "MySQL",
          versions.split(",").map((one) => one.trim()),
        ),
      );
  }
  return findings;
}

/** Certificates that the stack issues, authorities excepted: whoever finds a key has it for no longer than this. */
function certificates(site: Site, profile: ProfileName): Finding[] {
  const most = certificateDays(profile);
  return CERTIFICATES.flatMap((type) => site.ofType(type)).flatMap((certificate) => {
    if (certificate.get("isCaCertificate") === true) return [];
    const hours = certificate.get("validityPeriodHours");
    if (isUnknown(hours)) return [unknown(certificate, hours, `how long ${certificate.name} is valid`)];
    if (typeof hours !== "number" || hours <= 24 * most) return [];
    return [
      violation(
        certificate,
        `${certificate.name} is valid for ${Math.ceil(hours / 24)} days, want at most the ${most} of ${GUIDELINE}, ${profile}; issue it for less`,
      ),
    ];
  });
}

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
