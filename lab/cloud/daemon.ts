/**
 * The daemon that makes this machine a cloud. It runs in the VPC's network namespace, where metadata and DNS are
 * served; hosts, the AWS API and the forwards are processes of their own and go on while it is away.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { controlServer } from "./api";
import { Balancers } from "./balancing/balancers";
import { targetApi } from "./balancing/target-api";
import { Cloud } from "./cloud";
import { answerQuery } from "./dns/answer";
import { serveDns, type DnsServer } from "./dns/server";
import { files } from "./files";
import { labMachine, resolverOf, resumeHosts } from "./hosts";
import { metadataServer } from "./imds";
import { Model } from "./model";
import { startMoto } from "./moto";
import { NetworkChanges, networkOf } from "./network";
import { readStore, StoreFile } from "./store";
import { applyNetwork, wellKnown } from "../machine/network";

const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);

function labSecret(): Buffer {
  const file = files.secret();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, randomBytes(32), { mode: 0o600 });
  return readFileSync(file);
}

/** Listens on a unix socket or a port. */
function listening(server: import("node:net").Server, ...where: [string] | [number, string]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    if (where.length === 1) server.listen(where[0], resolve);
    else server.listen(where[0], where[1], resolve);
  });
}

async function main(): Promise<void> {
  const model = new Model(readStore(files.store()));
  const store = new StoreFile(files.store(), () => model.everything());
  const responder = (query: Parameters<typeof answerQuery>[1]) => answerQuery(model, query, true);
  const resolvers = new Map<string, DnsServer>();
  /** DNS on the resolver's addresses: the fixed one, and the VPC's, which exists only with a VPC. */
  const serveNames = async (): Promise<void> => {
    const own = resolverOf(model);
    const wanted = [wellKnown.dns, ...(own === undefined ? [] : [own])];
    for (const [address, server] of resolvers)
      if (!wanted.includes(address)) {
        resolvers.delete(address);
        await server.close();
      }
    for (const address of wanted)
      if (!resolvers.has(address)) resolvers.set(address, await serveDns(address, responder));
  };
  const balancers = new Balancers(model, () => store.save(), log);
  const changes = new NetworkChanges(
    () => networkOf(model),
    async (network) => {
      await applyNetwork(network);
      await serveNames();
      await balancers.settle();
    },
  );
  const settleNetwork = (): Promise<void> => changes.settle();
  const machine = labMachine(model);
  const cloud = new Cloud({ model, machine, settleNetwork, save: () => store.save() });

  const metadata = metadataServer(model, labSecret());
  await Promise.all([listening(metadata, 80, wellKnown.metadata), startMoto()]);
  const first = networkOf(model);
  if (first.enis.length > 0) await settleNetwork();
  rmSync(files.socket(), { force: true });
  mkdirSync(dirname(files.socket()), { recursive: true, mode: 0o700 });
  await listening(controlServer({ cloud, model, save: () => store.save() }, log), files.socket());
  const settleBalancers = (): Promise<void> => balancers.settle();
  rmSync(files.targetApi(), { force: true });
  await listening(targetApi({ model, save: () => store.save(), settleBalancers }, log), files.targetApi());
  balancers.watch();
  log("serving");
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => {
      log(`ending on ${signal}`);
      void store.save().finally(() => process.exit(0));
    });
  await resumeHosts(model, machine, log);
}

process.on("unhandledRejection", (error) => log(`unhandled: ${(error as Error).stack}`));
main().catch((error: Error) => {
  log(`cannot start: ${error.stack}`);
  process.exit(1);
});
