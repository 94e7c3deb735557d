import type { Host } from "../site/host";
import type { Section } from "../parse/haproxy";
import { isUnknown } from "../site/resources";
import type { Site } from "../site/site";
import { isSiteAuthority, verified, weak, type Hop, type Judgement } from "./hop";

/** Between HAProxies that tell each other what they have counted (configuration manual 3.0, section 3.5 "Peers"). */
export function peerHops(site: Site): Hop[] {
  return site.hosts.flatMap((host) => {
    const { haproxy } = host;
    if (!haproxy || isUnknown(haproxy)) return [];
    return haproxy.sections
      .filter(({ kind }) => kind === "peers")
      .flatMap((section) => peersOf(host, haproxy.path, section));
  });
}

function peersOf(host: Host, path: string, section: Section): Hop[] {
  const defaults = section.lines
    .filter(({ words }) => words[0] === "default-server")
    .flatMap(({ words }) => words.slice(1));
  return section.lines
    .filter(({ words }) => ["server", "peer"].includes(words[0]) && words[2]?.includes(":"))
    .filter(({ words }) => words[1] !== host.name)
    .map(({ words, line }) => ({
      ...{ purpose: "counters" as const, from: host.name, to: words[2].split(":")[0] },
      ...judge(host, `${path}:${line} ${words[0]} ${words[1]}`, [...defaults, ...words.slice(3)]),
    }));
}

function judge(host: Host, where: string, words: string[]): Judgement {
  const after = (name: string) => words[words.lastIndexOf(name) + 1];
  const fix = "connect with ssl verify required ca-file …/ca.pem and the peer's name in sni or verifyhost";
  if (!words.includes("ssl")) return weak(host, "plain", `${where} without ssl`, fix);
  if (words.includes("verify") && after("verify") === "none")
    return weak(host, "unverified", `${where} with verify none`, fix);
  if (!words.includes("ca-file") || !isSiteAuthority(after("ca-file")))
    return weak(host, "unverified", `${where} without the site's authority`, fix);
  if (!words.includes("verifyhost") && !words.includes("sni"))
    return weak(host, "unverified", `${where} accepts a certificate of any name`, fix);
  return verified(host, `${where} ssl, verified`);
}
