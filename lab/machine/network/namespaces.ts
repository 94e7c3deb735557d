import { readdirSync, statfsSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { paths } from "../paths";
import { must } from "../run";
import { internetLink, namespaces, wellKnown } from "./names";

const folder = "/run/netns";
/** Type of the file system behind a live namespace's file (NSFS_MAGIC of linux/magic.h). */
const nsfs = 0x6e736673;

/** The lab's network namespaces that are alive, by name. */
export function liveNamespaces(): string[] {
  return namespaceFiles().filter((name) => statfsSync(join(folder, name)).type === nsfs);
}

/** Names of ours under /run/netns, alive or left over. */
export function namespaceFiles(): string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith(`${paths.prefix()}-`));
  } catch {
    return [];
  }
}

/** Device and inode of a namespace, the same for its file and for the processes in it. */
export function namespaceKey(name: string): string {
  const { dev, ino } = statSync(join(folder, name));
  return `${dev}:${ino}`;
}

/** The same of the namespace that a process is in; undefined when it has ended. */
export function namespaceKeyOf(pid: number): string | undefined {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/ns/net`);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Runs `ip -batch` lines; names of namespaces are in the lines, or all lines are for `inside`. */
export async function ipBatch(lines: string[], inside?: string): Promise<void> {
  if (lines.length === 0) return;
  const where = inside === undefined ? [] : ["-n", inside];
  await must(["ip", ...where, "-batch", "-"], { input: lines.join("\n") + "\n" });
}

/** Runs a program in a network namespace, and nothing else of it: mounts stay the machine's. */
export function inside(name: string, argv: readonly string[]): string[] {
  return ["nsenter", `--net=${join(folder, name)}`, "--", ...argv];
}

/** Makes namespaces; files that a crash left under their names are replaced. */
export async function addNamespaces(names: string[]): Promise<void> {
  const alive = new Set(liveNamespaces());
  for (const name of namespaceFiles()) {
    if (names.includes(name) && !alive.has(name)) await rm(join(folder, name));
  }
  await ipBatch(names.filter((name) => !alive.has(name)).map((name) => `netns add ${name}`));
}

// /proc/sys/net shows the settings of the namespace of whoever opens it
const vpcSettings = `set -e; cd /proc/sys/net/ipv4
echo 1 > ip_forward
for which in all default; do
  echo 0 > conf/$which/rp_filter; echo 0 > conf/$which/send_redirects; echo 0 > conf/$which/accept_redirects
done
echo 1 > conf/default/proxy_arp
for which in all default; do echo 1 > ../ipv6/conf/$which/disable_ipv6; done 2>/dev/null || :
`;
const routerSettings = `set -e; cd /proc/sys/net/ipv4
echo 1 > ip_forward
for which in all default; do echo 0 > conf/$which/rp_filter; echo 0 > conf/$which/send_redirects; done
`;

/** Settings of a namespace that forwards packets of others (the internet, a NAT gateway). */
export async function makeRouter(name: string): Promise<void> {
  await must(inside(name, ["sh", "-c", routerSettings]));
}

/** Inodes of the three namespaces that this process has already seen complete. */
let complete = "";

/**
 * Makes the three namespaces that every lab has, and the links between them; mends what a crash left half made.
 * The first call of a process looks at everything, later ones only whether the namespaces are the same.
 */
export async function ensureBase(): Promise<void> {
  const names = [namespaces.vpc(), namespaces.internet(), namespaces.aws()];
  const [vpc, internet, aws] = names;
  const keys = (): string => names.map(namespaceKey).join(" ");
  const alive = liveNamespaces();
  if (names.every((name) => alive.includes(name)) && keys() === complete) return;
  await addNamespaces(names);
  await must(inside(vpc, ["sh", "-c", vpcSettings]));
  await makeRouter(internet);
  const link = async (from: string, name: string, to: string): Promise<void> => {
    if ((await linkNames(from)).includes(name)) return;
    await ipBatch([`link add ${name} type veth peer name eth0 netns ${to}`], from);
  };
  await link(vpc, internetLink, internet);
  await link(internet, "aws", aws);
  await must(inside(vpc, ["sh", "-c", `echo 0 > /proc/sys/net/ipv4/conf/${internetLink}/proxy_arp`]));
  await ipBatch(
    [
      "link set lo up",
      `address replace ${wellKnown.metadata}/32 dev lo`,
      `address replace ${wellKnown.dns}/32 dev lo`,
      `address replace ${wellKnown.router}/24 dev ${internetLink}`,
      `link set ${internetLink} up`,
      `route replace default via ${wellKnown.client} dev ${internetLink}`,
    ],
    vpc,
  );
  await ipBatch(
    [
      "link set lo up",
      `address replace ${wellKnown.client}/24 dev eth0`,
      "link set eth0 up",
      `route replace ${wellKnown.publicRange} via ${wellKnown.router}`,
      `address replace ${wellKnown.awsRouter}/24 dev aws`,
      "link set aws up",
    ],
    internet,
  );
  await ipBatch(
    [
      "link set lo up",
      `address replace ${wellKnown.aws}/24 dev eth0`,
      "link set eth0 up",
      `route replace default via ${wellKnown.awsRouter}`,
    ],
    aws,
  );
  complete = keys();
}

/** Names of the interfaces in a namespace. */
export async function linkNames(namespace: string): Promise<string[]> {
  const links = JSON.parse(await must(["ip", "-n", namespace, "-json", "link", "show"])) as {
    ifname: string;
  }[];
  return links.map(({ ifname }) => ifname);
}
