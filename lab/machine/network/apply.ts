import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../lock";
import { paths } from "../paths";
import { must, run } from "../run";
import { checkNetwork } from "./check";
import { nthAddress, parseCidr } from "./cidr";
import { emptyNetwork, type NetworkModel } from "./model";
import { eniNamespace, hostLink, namespaces, natLink, natNamespace } from "./names";
import {
  addNamespaces,
  ensureBase,
  inside,
  ipBatch,
  linkNames,
  liveNamespaces,
  makeRouter,
  namespaceFiles,
} from "./namespaces";
import { renderNftables } from "./nftables";
import { kernelRouting, parseRoutes, parseRules, routeLine, ruleLine } from "./routes";

/** An interface as it must be on the machine: a namespace, and a link between it and the VPC's. */
interface Attachment {
  namespace: string;
  link: string;
  address: string;
  subnetCidr: string;
  nat: boolean;
}

/**
 * Makes the machine's network equal to the model: filters first and in one transaction, then interfaces, then
 * routes; only what differs is touched, so that calling it again costs some milliseconds and cuts nothing.
 * Throws, changing nothing, when `checkNetwork` finds problems. Callers take turns, across processes too.
 */
export async function applyNetwork(model: NetworkModel): Promise<void> {
  const problems = checkNetwork(model);
  if (problems.length > 0) throw new Error(`network: ${problems.join("\n         ")}`);
  await locked(async () => {
    const before = savedNetwork();
    await ensureBase();
    const vpc = namespaces.vpc();
    await must(inside(vpc, ["nft", "-f", "-"]), { input: renderNftables(model) });

    const wanted = attachments(model);
    const unchanged = new Set(attachments(before).map((one) => JSON.stringify(one)));
    const links = new Set(await linkNames(vpc));
    const alive = new Set(liveNamespaces());
    const missing = wanted.filter(
      (one) => !alive.has(one.namespace) || !links.has(one.link) || !unchanged.has(JSON.stringify(one)),
    );
    const keptLinks = new Set(wanted.filter((one) => !missing.includes(one)).map((one) => one.link));
    const staleLinks = [...links].filter((name) => /^[en]-/.test(name) && !keptLinks.has(name));
    await ipBatch(
      staleLinks.map((name) => `link del ${name}`),
      vpc,
    );
    await removeNamespaces(missing.map((one) => one.namespace));
    await attach(missing);
    await resolverAddress(model, before);
    await route(model);

    const keep = new Set([
      ...Object.values(namespaces).map((name) => name()),
      ...wanted.map((one) => one.namespace),
    ]);
    await removeNamespaces(namespaceFiles().filter((name) => !keep.has(name)));
    await save(model);
  });
}

/** The model that was applied last; an empty one when there was none. */
export function savedNetwork(): NetworkModel {
  const file = join(paths.state(), "network.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as NetworkModel) : emptyNetwork();
}

/**
 * Gives a host's interface a namespace as new: what the host did to its own network, and sockets that it left
 * behind when its power was cut, are gone. Does nothing for a namespace that the model does not have.
 */
export async function renewNamespace(name: string): Promise<void> {
  await locked(async () => {
    const model = savedNetwork();
    const one = attachments(model).find(({ namespace }) => namespace === name);
    if (one === undefined) return;
    await run(["ip", "-n", namespaces.vpc(), "link", "del", one.link]);
    await removeNamespaces([name]);
    await attach([one]);
    await route(model);
  });
}

function attachments(model: NetworkModel): Attachment[] {
  const cidr = (subnetId: string): string => model.subnets.find(({ id }) => id === subnetId)!.cidr;
  return [
    ...model.enis.map((eni) => ({
      namespace: eniNamespace(eni.id),
      link: hostLink(eni.id),
      address: eni.privateIp,
      subnetCidr: cidr(eni.subnetId),
      nat: false,
    })),
    ...model.natGateways.map((nat) => ({
      namespace: natNamespace(nat.id),
      link: natLink(nat.eniId),
      address: nat.privateIp,
      subnetCidr: cidr(nat.subnetId),
      nat: true,
    })),
  ];
}

/** Both ends of each link: the gateway as /32 on the VPC's, which answers ARP for all neighbours. */
async function attach(list: Attachment[]): Promise<void> {
  if (list.length === 0) return;
  await addNamespaces(list.map((one) => one.namespace));
  await ipBatch(
    list.flatMap((one) => [
      `link add ${one.link} type veth peer name eth0 netns ${one.namespace}`,
      `address add ${nthAddress(one.subnetCidr, 1)}/32 dev ${one.link}`,
      `link set ${one.link} up`,
    ]),
    namespaces.vpc(),
  );
  // by default Linux waits up to 0.8 s before it answers ARP for others; this setting exists per interface only
  const quick = list.map((one) => `echo 0 > /proc/sys/net/ipv4/neigh/${one.link}/proxy_delay`);
  await must(inside(namespaces.vpc(), ["sh", "-c", `set -e; ${quick.join("; ")}`]));
  await Promise.all(
    list.map(async (one) => {
      await ipBatch(
        [
          "link set lo up",
          `address add ${one.address}/${parseCidr(one.subnetCidr)!.bits} dev eth0`,
          "link set eth0 up",
          `route add default via ${nthAddress(one.subnetCidr, 1)}`,
        ],
        one.namespace,
      );
      if (!one.nat) return;
      await makeRouter(one.namespace);
      await must(inside(one.namespace, ["nft", "-f", "-"]), { input: natRules(one.address) });
    }),
  );
}

/** What a NAT gateway does: lets connections out under its own address, and none in. */
function natRules(address: string): string {
  return `table ip nat
delete table ip nat
table ip nat {
  chain out {
    type nat hook postrouting priority srcnat; policy accept;
    snat to ${address}
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
  }
}
`;
}

/** The VPC's third address is its DNS. */
async function resolverAddress(model: NetworkModel, before: NetworkModel): Promise<void> {
  const [now, old] = [model, before].map(({ vpc }) =>
    vpc === undefined ? undefined : nthAddress(vpc.cidr, 2),
  );
  if (old !== undefined && old !== now) {
    await run(["ip", "-n", namespaces.vpc(), "address", "del", `${old}/32`, "dev", "lo"]);
  }
  if (now !== undefined) await ipBatch([`address replace ${now}/32 dev lo`], namespaces.vpc());
}

async function route(model: NetworkModel): Promise<void> {
  const vpc = namespaces.vpc();
  const [routesJson, rulesJson] = await Promise.all([
    must(["ip", "-n", vpc, "-json", "route", "show", "table", "all"]),
    must(["ip", "-n", vpc, "-json", "rule", "show"]),
  ]);
  const wanted = kernelRouting(model);
  const routes = new Set(wanted.routes.map(routeLine));
  const rules = new Set(wanted.rules.map(ruleLine));
  const [oldRoutes, oldRules] = [parseRoutes(routesJson), parseRules(rulesJson)];
  const without = (all: Set<string>, some: Set<string>): string[] =>
    [...all].filter((line) => !some.has(line));
  // replaced before removed, so that a route that changes its target is never absent; a target's own /32 goes
  // in before what leads through it
  await ipBatch(
    [
      ...without(routes, oldRoutes).map((line) => `route replace ${line}`),
      ...without(rules, oldRules).map((line) => `rule add ${line}`),
      ...without(oldRules, rules).map((line) => `rule del ${line}`),
    ],
    vpc,
  );
  const replaced = new Set(without(routes, oldRoutes).map(routeKey));
  const gone = without(oldRoutes, routes).filter((line) => !replaced.has(routeKey(line)));
  await ipBatch(
    gone.map((line) => `route del ${line}`),
    vpc,
  );
}

/** What `ip route replace` goes by: table and destination. */
function routeKey(line: string): string {
  const words = line.replace(/^blackhole /, "").split(" ");
  return `${words[0]} ${words[words.length - 1]}`;
}

/** Removes namespaces, with whatever interfaces are still in them. */
export async function removeNamespaces(names: string[]): Promise<void> {
  for (const name of names) await run(["ip", "netns", "delete", name]);
}

async function save(model: NetworkModel): Promise<void> {
  await mkdir(paths.state(), { recursive: true });
  const file = join(paths.state(), "network.json");
  await writeFile(`${file}.new`, JSON.stringify(model));
  await rename(`${file}.new`, file);
}

let turn: Promise<void> = Promise.resolve();

/** One at a time: in this process by turn, and among processes by a lock. */
function locked(work: () => Promise<void>): Promise<void> {
  const result = turn.then(() => withLock(join(paths.run(), "network.lock"), () => undefined, work));
  turn = result.catch(() => undefined);
  return result;
}
