import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cachedImage } from "../image";
import { eniNamespace } from "../network/names";
import { liveNamespaces, namespaceKey, namespaceKeyOf } from "../network/namespaces";
import { paths } from "../paths";
import { putSessionFirst } from "../priority";
import { identify, isAlive, signal, until, type ProcessIdentity } from "../process";
import { ask } from "./control";

/** What is kept about a node's processes. */
interface Running {
  /** What the last one was started for, targets apart. */
  structure: string;
  /** Newest last. Older ones have stopped listening and end with their last connection. */
  processes: ProcessIdentity[];
}

const folder = (): string => join(paths.run(), "balancers");
const folderOf = (eniId: string): string => join(folder(), eniId);
const startMs = 10_000;

// $1 = the hosts' image, $2 = the node's folder, which HAProxy sees as /srv; the mount is seen by it alone and ends
// with it. The rest are arguments.
const enter = `set -e
image=$1 folder=$2; shift 2
mount --bind "$folder" "$image/srv"
ulimit -n "$(ulimit -Hn)"
exec chroot "$image" haproxy -db -f /srv/haproxy.cfg "$@"
`;

/** The admin socket of a node. */
export const adminSocket = (eniId: string): string => join(folderOf(eniId), "admin.sock");

/** Nodes that have, or had, a process. */
export function knownNodes(): string[] {
  return existsSync(folder()) ? readdirSync(folder()) : [];
}

/** What the process that serves for a node was started for; undefined when none serves. */
export function structureOf(eniId: string): string | undefined {
  const running = recorded(eniId);
  const last = running?.processes.at(-1);
  return last !== undefined && servesFor(eniId, last) ? running!.structure : undefined;
}

/**
 * Starts HAProxy out of the hosts' image in a node's namespace. One that serves already hands over its listening
 * sockets and goes on with the connections that it has. Throws with the log's end when it does not start.
 */
export async function startBalancer(eniId: string, config: string, structure: string): Promise<void> {
  const image = cachedImage();
  if (image === undefined)
    throw new Error("image: want the hosts' image in the cache, got none; run `make up`");
  const dir = folderOf(eniId);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(join(dir, "haproxy.cfg"), config);
  const older = (recorded(eniId)?.processes ?? []).filter(isAlive);
  const serving = structureOf(eniId) === undefined ? undefined : older.at(-1)!.pid;
  const takeOver = serving === undefined ? [] : ["-x", "/srv/admin.sock", "-sf", String(serving)];
  const log = openSync(logOf(eniId), "a", 0o600);
  const program = ["unshare", "--mount", "sh", "-c", enter, "sh", image.root, dir, ...takeOver];
  const child = spawn("nsenter", [`--net=/run/netns/${eniNamespace(eniId)}`, "--", ...program], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    env: { PATH: process.env.PATH },
  });
  closeSync(log);
  child.on("error", () => undefined); // it shows as a process that does not run
  child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw notStarted(eniId);
  putSessionFirst(identity.pid);
  const running: Running = { structure, processes: [...older, identity] };
  await writeFile(join(dir, "process.json"), JSON.stringify(running));
  const deadline = Date.now() + startMs;
  while (!(await answers(eniId, identity.pid))) {
    if (!isAlive(identity) || Date.now() > deadline) throw notStarted(eniId);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Ends a node's processes, with every connection that they carry. */
export async function stopBalancer(eniId: string): Promise<void> {
  const alive = (): ProcessIdentity[] => (recorded(eniId)?.processes ?? []).filter(isAlive);
  for (const { pid } of alive()) signal(pid, "SIGTERM");
  if (!(await until(() => alive().length === 0, 2000))) for (const { pid } of alive()) signal(pid, "SIGKILL");
  await rm(folderOf(eniId), { recursive: true, force: true });
}

const logOf = (eniId: string): string => join(folderOf(eniId), "haproxy.log");

function notStarted(eniId: string): Error {
  const tail = readFileSync(logOf(eniId), "utf8").trim().split("\n").slice(-15).join("\n");
  return new Error(`load balancer ${eniId}: want HAProxy to serve, got:\n${tail}`);
}

/** Whether this process, and not the one before it, answers on the admin socket. */
async function answers(eniId: string, pid: number): Promise<boolean> {
  const said = await ask(adminSocket(eniId), ["show info"]).catch(() => "");
  return new RegExp(`^Pid: ${pid}$`, "m").test(said);
}

function recorded(eniId: string): Running | undefined {
  try {
    return JSON.parse(readFileSync(join(folderOf(eniId), "process.json"), "utf8")) as Running;
  } catch {
    return undefined; // none yet, or half written by a process that died
  }
}

/** Alive, and in the namespace that has the node's address now. */
function servesFor(eniId: string, identity: ProcessIdentity): boolean {
  const name = eniNamespace(eniId);
  return (
    isAlive(identity) &&
    liveNamespaces().includes(name) &&
    namespaceKey(name) === namespaceKeyOf(identity.pid)
  );
}
