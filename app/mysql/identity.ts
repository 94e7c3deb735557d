import { type PeerCertificate, TLSSocket, checkServerIdentity } from "node:tls";
import { type AuthPlugin, type PoolConnection, authPlugins } from "mysql2";

/**
 * Connections whose server has proved a wanted name. A server that asks for no password would never meet the
 * plugin below, so whoever takes a connection asks here too.
 */
const proven = new WeakSet<object>();

/** Whether the server at the other end has proved one of the wanted names. */
export function isProven(connection: PoolConnection): boolean {
  return proven.has(connection);
}

/**
 * The password, handed to a server only after its certificate carries one of `names`.
 *
 * The application connects to a proxy on its own host that passes TLS through, so the address says nothing
 * about which database answers, and the driver can check a certificate against that address only. This plugin
 * runs inside the TLS session, before any secret is sent; the driver itself is given no password. The
 * authority's signature has been verified by then.
 *
 * @throws (inside the handshake) when the certificate carries none of the names.
 */
export function provenPassword(names: string[], password: string): AuthPlugin {
  const exchange = authPlugins.caching_sha2_password();
  return (metadata) => {
    const connection = metadata.connection as unknown as { stream: unknown; config: object };
    const problem = identityProblem(names, connection.stream);
    if (problem !== undefined) throw new Error(problem);
    proven.add(connection);
    const withPassword = { config: { ...connection.config, password } };
    return exchange({ ...metadata, connection: withPassword as unknown as typeof metadata.connection });
  };
}

/** Why the stream's other end is not one of `names`; undefined when it is. */
function identityProblem(names: string[], stream: unknown): string | undefined {
  if (!(stream instanceof TLSSocket) || !stream.authorized) {
    return "database connection: want TLS with a verified certificate, got none; enable TLS on the database";
  }
  const certificate = stream.getPeerCertificate();
  if (matchesAny(names, certificate)) return undefined;
  const got = certificate.subjectaltname ?? "no names";
  return `database certificate: want one of ${names.join(", ")}, got ${got}; correct DATABASE_SERVER_NAMES or the certificate`;
}

/** Whether the certificate carries one of the names, by the rules of HTTPS (RFC 6125, subject alternative names). */
export function matchesAny(names: string[], certificate: PeerCertificate): boolean {
  return names.some((name) => checkServerIdentity(name, certificate) === undefined);
}
