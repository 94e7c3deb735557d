/**
 * Carries connections from 127.0.0.1 into the lab. The listening sockets (3: the site, 4: the AWS API) were made in
 * the machine's own network namespace; this process runs in the lab's internet, so whatever it opens starts there,
 * as a client of the site would. It also serves public names to that internet.
 */
import { connect, createServer, type Socket } from "node:net";
import { decode, encode, type Packet } from "dns-packet";
import { serveDns } from "./dns/server";
import { request } from "./socket";
import { wellKnown } from "../machine/network/names";

/** Milliseconds to find the other side. */
const connectMs = 5000;

let turn = 0;
/** One of the site's addresses, asked anew for each connection. */
async function siteAddress(): Promise<string | undefined> {
  const { addresses } = (await request("GET", "/site")) as { addresses: string[] };
  turn = (turn + 1) % 1_000_000;
  return addresses[turn % addresses.length];
}

function join(client: Socket, target: Socket): void {
  target.setTimeout(connectMs, () => target.destroy());
  target.once("connect", () => target.setTimeout(0));
  for (const [from, to] of [
    [client, target],
    [target, client],
  ]) {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    from.pipe(to);
  }
}

function forward(fd: number, find: () => Promise<{ host: string; port: number } | undefined>): void {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on("error", () => client.destroy());
    find().then(
      (target) => {
        if (target === undefined || client.destroyed) client.destroy();
        else join(client, connect({ ...target, allowHalfOpen: true, noDelay: true }));
      },
      () => client.destroy(),
    );
  });
  server.listen({ fd });
}

async function publicAnswer(query: Packet): Promise<Packet> {
  const { message } = (await request("POST", "/dns", { message: encode(query).toString("base64") })) as {
    message: string;
  };
  return decode(Buffer.from(message, "base64"));
}

forward(3, async () => {
  const host = await siteAddress();
  return host === undefined ? undefined : { host, port: 443 };
});
forward(4, () => Promise.resolve({ host: wellKnown.aws, port: 80 }));
for (const address of [wellKnown.client, "127.0.0.1"])
  serveDns(address, publicAnswer).catch((error: Error) => console.log(`DNS on ${address}: ${error.message}`));
