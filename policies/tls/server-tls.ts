import type { Host } from "../site/host";
import type { Server } from "../parse/haproxy";
import { isSiteAuthority, verified, weak, type Judgement } from "./hop";

/** `ssl`, and what HAProxy checks by it (configuration manual 3.0, 5.2 "verify", "verifyhost", "sni"). */
const howTo = (name: string) => `ssl verify required ca-file …/ca.pem verifyhost ${name}`;

/**
 * How HAProxy on `from` protects its connections to a server. Without `verify none` the certificate is verified; its
 * name only when `sni` or `verifyhost` says which.
 */
export function judgeServer(from: Host, to: Host, path: string, server: Server): Judgement {
  const { options, line, name } = server;
  const wanted = to.fqdn ?? server.host;
  const say = (what: string) => `${path}:${line} server ${name} ${what}`;
  const bad = (protection: "plain" | "unverified", what: string) =>
    weak(from, protection, say(what), `connect with ${howTo(wanted)}`);
  if (!options.has("ssl")) return bad("plain", "without ssl");
  if (options.get("verify") === "none") return bad("unverified", "with verify none");
  const authority = options.get("ca-file");
  if (!isSiteAuthority(authority))
    return bad(
      "unverified",
      authority ? `trusts ${authority}, which is not the site's authority` : "without ca-file",
    );
  const expected = expectedName(server);
  if (expected === undefined) return bad("unverified", "accepts a certificate of any name");
  // HAProxy looks at verifyhost only without a name in sni; one that names another host is an error all the same.
  const wrong = [expected, options.get("verifyhost") ?? expected].find(
    (one) => ![wanted, server.host].includes(one),
  );
  if (wrong !== undefined) return bad("unverified", `expects the name ${wrong}`);
  return verified(from, say(`ssl verify required, name ${expected}`));
}

/** The name that the certificate must carry. A name that depends on the request says nothing about the server. */
function expectedName({ options }: Server): string | undefined {
  const sni = options.get("sni");
  if (sni !== undefined) return /^str\(([^)]+)\)$/.exec(sni)?.[1];
  return options.get("verifyhost");
}
