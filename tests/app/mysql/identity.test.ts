import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { TLSSocket, createSecureContext } from "node:tls";
import { Connections } from "../../../app/mysql/pool";
import { matchesAny } from "../../../app/mysql/identity";
import { deadlineIn } from "../../../app/mysql/retry";
import { type Authority, createAuthority } from "../../support/certificates";

/** CLIENT_LONG_PASSWORD, PROTOCOL_41, SSL, SECURE_CONNECTION, PLUGIN_AUTH and the like, as MySQL sends them. */
const CAPABILITIES = 0x008f_ff_ff;

let authority: Authority;
let server: Server | undefined;
beforeAll(async () => (authority = await createAuthority()));
afterEach(() => server?.close());

/** A packet of MySQL's protocol: length, sequence number, content. */
function packet(sequence: number, content: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(content.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, content]);
}

function greeting(): Buffer {
  const capabilities = Buffer.alloc(4);
  capabilities.writeUInt32LE(CAPABILITIES);
  return Buffer.concat([
    Buffer.from([10]),
    Buffer.from("9.7.4\0"),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from("12345678\0"),
    capabilities.subarray(0, 2),
    Buffer.from([255, 2, 0]),
    capabilities.subarray(2, 4),
    Buffer.from([21]),
    Buffer.alloc(10),
    Buffer.from("123456789012\0"),
    Buffer.from("caching_sha2_password\0"),
  ]);
}

/**
 * A server that holds a certificate for `name` and tries what `reply` says after the login's first packet.
 *
 * @returns its port and everything that it was sent inside TLS.
 */
async function impostor(name: string, reply: Buffer): Promise<{ port: number; received: Buffer[] }> {
  const { certificate, privateKey } = await authority.issue(name);
  const secureContext = createSecureContext({ cert: certificate, key: privateKey });
  const received: Buffer[] = [];
  server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.write(packet(0, greeting()));
    socket.once("data", (data: Buffer) => {
      // The request for TLS takes 36 bytes; what follows it already belongs to TLS.
      socket.pause();
      socket.unshift(data.subarray(36));
      const secure = new TLSSocket(socket, { isServer: true, secureContext });
      secure.on("error", () => {});
      secure.once("data", () => secure.write(packet(3, reply)));
      secure.on("data", (data: Buffer) => received.push(data));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, received };
}

async function query(port: number): Promise<unknown> {
  const database = { name: "foobar", username: "app", password: "hunter2", ca: authority.certificate };
  const address = { host: "127.0.0.1", port };
  const settings = { ...database, serverNames: ["db-1.foobar.internal"], read: address, write: address };
  const connections = new Connections(settings, address, 1);
  try {
    return await connections.with(deadlineIn(5000), (session) => session.rows("SELECT 1 AS one", [], 500));
  } finally {
    await connections.close();
  }
}

const switchTo = (plugin: string): Buffer =>
  Buffer.concat([Buffer.from([0xfe]), Buffer.from(`${plugin}\0`), Buffer.from("12345678901234567890\0")]);

test("a host of the same authority with another name is not given the password", async () => {
  const { port, received } = await impostor("web-1.foobar.internal", switchTo("caching_sha2_password"));
  await expect(query(port)).rejects.toThrow(
    "database certificate: want one of db-1.foobar.internal, got DNS:web-1.foobar.internal; ",
  );
  expect(Buffer.concat(received).includes("hunter2")).toBe(false);
});

test("a server that asks for no password at all is not asked a question either", async () => {
  const { port, received } = await impostor("web-1.foobar.internal", Buffer.from([0, 0, 0, 2, 0, 0, 0]));
  await expect(query(port)).rejects.toThrow("want a server that proves its name, got one that did not");
  expect(Buffer.concat(received).includes("SELECT 1")).toBe(false);
});

test.each(["mysql_clear_password", "mysql_native_password", "sha256_password"])(
  "a server that asks for the password by %s does not get it",
  async (plugin) => {
    const { port, received } = await impostor("db-1.foobar.internal", switchTo(plugin));
    await expect(query(port)).rejects.toThrow();
    expect(Buffer.concat(received).includes("hunter2")).toBe(false);
  },
);

test("names are compared as browsers do it: any alternative name, no parts, wildcards for one label", () => {
  const certificate = (subjectaltname: string): Parameters<typeof matchesAny>[1] =>
    ({ subject: { CN: "db-1.foobar.internal" }, subjectaltname }) as Parameters<typeof matchesAny>[1];
  const names = ["db-1.foobar.internal", "db-2.foobar.internal"];
  expect(matchesAny(names, certificate("DNS:other, DNS:db-2.foobar.internal"))).toBe(true);
  expect(matchesAny(names, certificate("DNS:db-1.foobar.internal.example.com"))).toBe(false);
  expect(matchesAny(names, certificate("DNS:*.foobar.internal"))).toBe(true);
  expect(matchesAny(names, certificate("DNS:*.internal"))).toBe(false);
});
