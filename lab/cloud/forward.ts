/**
 * Carries connections from 127.0.0.1 into the lab. The listening sockets (3: the site, 4: the AWS API) were made in
 * the machine's own network namespace; this process runs in the lab's internet, so whatever it opens starts there,
 * as a client of the site would. It also serves public names to that internet.
 */
import { createServer } from "node:net";
import { decode, encode, type Packet } from "dns-packet";
import { carry } from "./carry";
import { serveDns } from "./dns/server";
import { reach } from "./reach";
import { request } from "./socket";
import { wellKnown } from "../machine/network/names";

let turn = 0;
/** The site's addresses, asked anew for each connection, each in turn the first. */
async function siteAddresses(): Promise<string[]> {
  const { addresses } = (await request("GET", "/site")) as { addresses: string[] };
  turn = (turn + 1) % 1_000_000;
  const first = turn % Math.max(1, addresses.length);
  return [...addresses.slice(first), ...addresses.slice(0, first)];
}

function forward(fd: number, port: number, find: () => Promise<string[]>): void {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on("error", () => client.destroy());
    find()
      .then((addresses) => reach(addresses, port))
      .then(
        (target) => {
          if (client.destroyed) target.destroy();
          else carry(client, target);
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

forward(3, 443, siteAddresses);
forward(4, 80, () => Promise.resolve([wellKnown.aws]));
for (const address of [wellKnown.client, "127.0.0.1"])
  serveDns(address, publicAnswer).catch((error: Error) => console.log(`DNS on ${address}: ${error.message}`));
