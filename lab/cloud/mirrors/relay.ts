/**
 * Carries hosts' connections from the lab's internet to the machine's package mirrors. It runs in the machine's own
 * network namespace, which has a way to them; the sockets that it accepts from were made in the lab's.
 */
import { spawn } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { connect, type Server } from "node:net";
import { carry } from "../carry";
import { files } from "../files";
import { scriptCommand } from "../script";
import { machineMirrors } from "../../machine/mirrors";
import { namespaces } from "../../machine/network";
import { inside, ipBatch } from "../../machine/network/namespaces";
import { mirrorPlaces, type MirrorPlace } from "./places";

/** Listening sockets of the lab's internet, one for each place: another process makes them there and hands them over. */
function listeners(places: MirrorPlace[]): Promise<Server[]> {
  const program = [...scriptCommand("mirrors/listen.ts"), JSON.stringify(places)];
  const [command, ...args] = inside(namespaces.internet(), program);
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const servers: Server[] = [];
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("message", (_place, server) => {
      if (servers.push(server as Server) < places.length) return;
      child.disconnect();
      resolve(servers);
    });
    child.on("exit", (code) => reject(new Error(`want ${places.length} sockets, got exit code ${code}`)));
  });
}

function relay(server: Server, { host, port }: MirrorPlace): void {
  server.on("connection", (client) => {
    console.log(`${client.remoteAddress} → ${host}:${port}`);
    carry(client, connect({ host, port, noDelay: true }));
  });
}

async function main(): Promise<void> {
  const { debian, security } = await machineMirrors();
  const places = mirrorPlaces(security === undefined ? [debian] : [debian, security]);
  const addresses = new Set(places.map(({ address }) => address));
  await ipBatch(
    [...addresses].map((address) => `address replace ${address}/32 dev lo`),
    namespaces.internet(),
  );
  const servers = await listeners(places);
  servers.forEach((server, index) => relay(server, places[index]));
  const names = Object.fromEntries(places.map(({ host, address }) => [host, address]));
  // under its name only when it is whole: the cloud's resolver reads it
  writeFileSync(`${files.mirrorNames()}.new`, JSON.stringify(names));
  renameSync(`${files.mirrorNames()}.new`, files.mirrorNames());
}

main().catch((error: Error) => {
  console.log(error.stack);
  process.exit(1);
});
