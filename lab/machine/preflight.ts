import { existsSync, readFileSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { groupedHosts } from "./cgroups";
import { paths } from "./paths";
import { run } from "./run";

/** What the lab needs of the machine. */
export interface Needs {
  /** Memory that may still be used. @default 3072: six hosts take 2 GiB, building them and the lab the rest */
  memoryMiB?: number;
  /** Room in the state and cache folders. @default 6144: image 1.2 GiB, hosts 0.5 GiB, databases and growth */
  diskMiB?: number;
}

/** What stands in the way, each a line ready to print; empty lists when nothing does. */
export interface Inspection {
  problems: string[];
  /** Debian packages to install; then check again. */
  missingPackages: string[];
}

/** Program → Debian package that brings it. */
const programs: Record<string, string> = {
  mmdebstrap: "mmdebstrap",
  "systemd-nspawn": "systemd-container",
  nft: "nftables",
  ip: "iproute2",
  nsenter: "util-linux",
  unshare: "util-linux",
  flock: "util-linux",
  losetup: "mount",
  mknod: "coreutils",
};
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Throws one error that names everything that stands in the way, missing packages included. */
export async function preflight(needs: Needs = {}): Promise<void> {
  const { problems, missingPackages } = await inspectMachine(needs);
  if (missingPackages.length > 0) {
    const names = missingPackages.join(" ");
    problems.unshift(`packages: want ${names}, got none of them; run apt-get install ${names}`);
  }
  if (problems.length > 0) throw new Error(`this machine cannot run the lab:\n${problems.join("\n")}`);
}

/** Looks at the machine, changes nothing on it, and tells everything that is wrong at once. */
export async function inspectMachine(needs: Needs = {}): Promise<Inspection> {
  if (process.platform !== "linux") {
    return {
      problems: [`system: want Linux, got ${process.platform}; run the lab in a Linux machine`],
      missingPackages: [],
    };
  }
  if (process.getuid?.() !== 0) {
    return {
      problems: [`user: want root, got uid ${process.getuid?.()}; run with sudo`],
      missingPackages: [],
    };
  }
  const missingPackages = findMissing(process.env.PATH ?? "");
  // a lab that is up has its memory and disk already
  const room =
    groupedHosts().length > 0
      ? []
      : [
          ...memoryProblems(readFileSync("/proc/meminfo", "utf8"), needs.memoryMiB ?? 3072),
          ...[paths.state(), paths.cache()].flatMap((dir) => diskProblems(dir, needs.diskMiB ?? 6144)),
        ];
  const problems = [...room, ...(await kernelProblems())];
  return { problems: [...new Set(problems)], missingPackages };
}

/** Packages whose programs are not on `path` (a list of folders with colons between). */
export function findMissing(path: string): string[] {
  const dirs = path.split(":");
  const missing = Object.entries(programs)
    .filter(([program]) => !dirs.some((dir) => existsSync(`${dir}/${program}`)))
    .map(([, name]) => name);
  if (!existsSync(keyring)) missing.push("debian-archive-keyring");
  return [...new Set(missing)];
}

/** Compares /proc/meminfo with the MiB that must be available. */
export function memoryProblems(meminfo: string, wantMiB: number): string[] {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo);
  const gotMiB = available === null ? 0 : Math.floor(Number(available[1]) / 1024);
  return gotMiB >= wantMiB
    ? []
    : [`memory: want ${wantMiB} MiB available, got ${gotMiB} MiB; end something or use a larger machine`];
}

/** Compares the room for a folder, which need not exist yet, with the MiB that must be free. */
export function diskProblems(dir: string, wantMiB: number): string[] {
  let existing = dir;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  const gotMiB = Math.floor((bavail * bsize) / 2 ** 20);
  return gotMiB >= wantMiB
    ? []
    : [`disk: want ${wantMiB} MiB free for ${dir}, got ${gotMiB} MiB; free some or set another folder`];
}

/** Tries what the lab does, in namespaces that end with the attempt. */
async function kernelProblems(): Promise<string[]> {
  const attempt = async (what: string, fix: string, script: string): Promise<string[]> => {
    const argv = ["unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c", script];
    const { code, stderr } = await run(argv, { timeoutMs: 10_000 }).catch((e: Error) => ({
      code: 1,
      stderr: e.message,
    }));
    return code === 0 ? [] : [`kernel: want ${what}, got ${stderr.trim().split("\n").pop()}; ${fix}`];
  };
  const privileged = "run on the machine itself or in a privileged container";
  const namespaces = await attempt("mount, network and pid namespaces", privileged, "true");
  if (namespaces.length > 0) return namespaces;
  const overlay = `mount -t tmpfs tmpfs /mnt && mkdir /mnt/a /mnt/b /mnt/c /mnt/d && mount -t overlay overlay -o lowerdir=/mnt/a,upperdir=/mnt/b,workdir=/mnt/c /mnt/d`;
  const attempts = await Promise.all([
    attempt("overlayfs", "load the module overlay", overlay),
    attempt("veth interfaces", "load the module veth", "ip link add end0 type veth peer name end1"),
    attempt("nftables", "load the module nf_tables", "nft add table ip attempt"),
  ]);
  const loop = existsSync("/dev/loop-control");
  return [
    ...attempts.flat(),
    ...(loop ? [] : ["kernel: want loop devices, got no /dev/loop-control; load the module loop"]),
  ];
}
