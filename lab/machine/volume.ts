import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { processesOf } from "./cgroups";
import { loopOf, type Loop } from "./loop";
import { mountsOf } from "./mounts";
import { leaderPid } from "./nspawn";
import { paths } from "./paths";
import { namespaceOf } from "./process";
import { must } from "./run";
import { inTurn } from "./turns";

/** A volume in a host. */
export interface Attachment {
  volumeId: string;
  hostId: string;
  /** Name that the program gave, e.g. /dev/sdf; like on Nitro, the host never sees it. */
  deviceName: string;
  /** Node in the host, e.g. /dev/nvme1n1. */
  device: string;
}

/** Makes an empty volume; its file takes room only as it is written. Does nothing when it is there. */
export async function createVolume(id: string, sizeGiB: number): Promise<void> {
  await mkdir(paths.volume(id), { recursive: true });
  const file = await open(join(paths.volume(id), "disk"), "a");
  try {
    if ((await file.stat()).size === 0) await file.truncate(sizeGiB * 2 ** 30);
  } finally {
    await file.close();
  }
}

/** Deletes a volume and what is on it. Refuses while it is attached; does nothing when there is none. */
export async function deleteVolume(id: string): Promise<void> {
  const attachment = attachmentOf(id);
  if (attachment !== undefined) {
    throw new Error(
      `volume ${id}: want it detached, got one attached to ${attachment.hostId}; detach it first`,
    );
  }
  await rm(paths.volume(id), { recursive: true, force: true });
}

/** All attachments, of running and stopped hosts. */
export function attachments(): Attachment[] {
  const dir = join(paths.state(), "volumes");
  if (!existsSync(dir)) return [];
  return readdirSync(dir).flatMap((id) => attachmentOf(id) ?? []);
}

/**
 * Gives a volume to a host, running or not, for this and every later boot. Returns its node in the host.
 * Does nothing when that host has it already; refuses a second host.
 */
export async function attachVolume(volumeId: string, hostId: string, deviceName: string): Promise<string> {
  if (!existsSync(join(paths.volume(volumeId), "disk")))
    throw new Error(`volume ${volumeId}: want it to be there, got none`);
  let attachment = attachmentOf(volumeId);
  if (attachment !== undefined && attachment.hostId !== hostId) {
    throw new Error(
      `volume ${volumeId}: want it free, got one attached to ${attachment.hostId}; detach it first`,
    );
  }
  if (attachment === undefined) {
    const taken = attachments()
      .filter((other) => other.hostId === hostId)
      .map((other) => other.device);
    let number = 1; // nvme0n1 is the root disk
    while (taken.includes(`/dev/nvme${number}n1`)) number += 1;
    attachment = { volumeId, hostId, deviceName, device: `/dev/nvme${number}n1` };
    const file = join(paths.volume(volumeId), "attachment.json");
    await writeFile(`${file}.new`, JSON.stringify(attachment));
    await rename(`${file}.new`, file);
  }
  await deviceFolder(hostId);
  await showVolumes(hostId);
  return attachment.device;
}

/**
 * Takes a volume from a host. Refuses while the running host has it mounted (AWS would wait for ever), naming where.
 * Does nothing when that host does not have it.
 */
export async function detachVolume(volumeId: string, hostId: string): Promise<void> {
  const attachment = attachmentOf(volumeId);
  if (attachment === undefined || attachment.hostId !== hostId) return;
  const disk = join(paths.volume(volumeId), "disk");
  const loop = await loopOf(disk);
  const mounted = loop === undefined ? undefined : mountedAt(hostId, loop);
  if (mounted !== undefined) {
    throw new Error(
      `volume ${volumeId}: want it unmounted in ${hostId}, got it on ${mounted}; unmount it first`,
    );
  }
  await rm(join(folderOf(hostId), byIdName(volumeId)), { force: true });
  const leader = leaderPid(hostId);
  if (leader !== undefined) await rm(`/proc/${leader}/root${attachment.device}`, { force: true });
  if (loop !== undefined) await must(["losetup", "--detach", loop.path]);
  await rm(join(paths.volume(volumeId), "attachment.json"), { force: true });
}

/** Takes all volumes from a host that does not run. */
export async function detachAll(hostId: string): Promise<void> {
  for (const attachment of attachments().filter((one) => one.hostId === hostId)) {
    await detachVolume(attachment.volumeId, hostId);
  }
  await rm(folderOf(hostId), { recursive: true, force: true });
}

/**
 * The folder that a host sees as /dev/disk/by-id, with a node for each of its volumes. It lies on a tmpfs of the
 * lab's own (/run forbids device nodes on many machines) and stays in the host through any reboot.
 */
export async function deviceFolder(hostId: string): Promise<string> {
  await mountDevices();
  const folder = folderOf(hostId);
  await mkdir(folder, { recursive: true });
  for (const { volumeId } of attachments().filter((one) => one.hostId === hostId)) {
    await makeNode(join(folder, byIdName(volumeId)), await attachedLoop(volumeId));
  }
  return folder;
}

/** One look and one mount at a time: hosts that boot side by side would each mount one, over the others' folders. */
function mountDevices(): Promise<void> {
  return inTurn("devices", async () => {
    const top = join(paths.run(), "dev");
    await mkdir(top, { recursive: true });
    if (!mountsOf().some(({ target }) => target === top))
      await must(["mount", "-t", "tmpfs", "-o", "mode=755,nosuid", `${paths.prefix()}-dev`, top]);
  });
}

/** Makes the short names (/dev/nvme1n1) in a running host; no udev does it there. */
export async function showVolumes(hostId: string): Promise<void> {
  const leader = leaderPid(hostId);
  if (leader === undefined) return;
  for (const { volumeId, device } of attachments().filter((one) => one.hostId === hostId)) {
    await makeNode(`/proc/${leader}/root${device}`, await attachedLoop(volumeId));
  }
}

async function attachedLoop(volumeId: string): Promise<Loop> {
  const disk = join(paths.volume(volumeId), "disk");
  const loop = await loopOf(disk);
  if (loop !== undefined) return loop;
  await must(["losetup", "--find", disk]);
  return (await loopOf(disk))!;
}

async function makeNode(path: string, { device }: Loop): Promise<void> {
  await rm(path, { force: true });
  await must(["mknod", "--mode=660", path, "b", ...device.split(":")]);
}

/** Looks through the eyes of every process of the host: services may have mounts of their own. */
function mountedAt(hostId: string, loop: Loop): string | undefined {
  const seen = new Set<string>();
  for (const pid of processesOf(hostId)) {
    const view = namespaceOf(pid, "mnt");
    if (view === undefined || seen.has(view)) continue;
    seen.add(view);
    const mount = mountsOf(pid).find(({ device }) => device === loop.device);
    if (mount !== undefined) return mount.target;
  }
  return undefined;
}

function folderOf(hostId: string): string {
  return join(paths.run(), "dev", hostId);
}

/** The name that udev gives to an EBS volume on Nitro. */
function byIdName(volumeId: string): string {
  return `nvme-Amazon_Elastic_Block_Store_${volumeId.replace("-", "")}`;
}

function attachmentOf(volumeId: string): Attachment | undefined {
  const file = join(paths.volume(volumeId), "attachment.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Attachment) : undefined;
}
