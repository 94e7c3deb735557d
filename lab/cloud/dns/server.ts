/** A DNS server for UDP and TCP on one address. */
import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { decode, encode, type Packet } from "dns-packet";

/** Finds the answer to a whole query. */
export type Responder = (query: Packet) => Packet | Promise<Packet>;

/** Largest answer over UDP when the client names no size of its own (RFC 1035). */
const plainUdpBytes = 512;
const truncated = 1 << 9;

/** The answer to a message in wire form; undefined for what is no query. */
async function respond(
  message: Buffer,
  responder: Responder,
): Promise<{ answer: Buffer; query: Packet } | undefined> {
  let query: Packet;
  try {
    query = decode(message);
  } catch {
    return undefined;
  }
  if (query.type !== "query") return undefined;
  return { answer: encode(await responder(query)), query };
}

function cut(query: Packet, answer: Buffer): Buffer {
  const option = query.additionals?.find((one) => one.type === "OPT") as
    { udpPayloadSize?: number } | undefined;
  const limit = Math.max(plainUdpBytes, option?.udpPayloadSize ?? 0);
  if (answer.length <= limit) return answer;
  const whole = decode(answer);
  return encode({ ...whole, flags: (whole.flags ?? 0) | truncated, answers: [], authorities: [] });
}

/** A running server. */
export interface DnsServer {
  close(): Promise<void>;
}

/** Serves on port 53 (or another) of an address. Rejects when the address is not there or taken. */
export async function serveDns(address: string, responder: Responder, port = 53): Promise<DnsServer> {
  const udp: Socket = createSocket("udp4");
  udp.on("message", (message, from) => {
    respond(message, responder).then(
      (done) => done && udp.send(cut(done.query, done.answer), from.port, from.address),
      () => undefined, // a client that gets no answer asks again
    );
  });
  const tcp: Server = createServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const message = rest.subarray(2, 2 + rest.readUInt16BE(0));
        rest = rest.subarray(2 + message.length);
        respond(message, responder).then(
          (done) => {
            if (done === undefined) return socket.destroy();
            const length = Buffer.alloc(2);
            length.writeUInt16BE(done.answer.length);
            return socket.write(Buffer.concat([length, done.answer]));
          },
          () => socket.destroy(),
        );
      }
    });
  });
  await new Promise<void>((resolve, reject) => udp.once("error", reject).bind(port, address, resolve));
  await new Promise<void>((resolve, reject) => tcp.once("error", reject).listen(port, address, resolve));
  udp.on("error", () => undefined);
  return {
    close: () => new Promise((resolve) => tcp.close(() => udp.close(() => resolve()))),
  };
}
