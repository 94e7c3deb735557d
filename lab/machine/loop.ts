import { must } from "./run";

/** A loop device and the file behind it. */
export interface Loop {
  /** e.g. /dev/loop3 */
  path: string;
  /** `major:minor` */
  device: string;
  file: string;
}

/** All loop devices in use. */
export async function listLoops(): Promise<Loop[]> {
  const json = await must(["losetup", "--list", "--json", "--output", "NAME,BACK-FILE,MAJ:MIN"]);
  const { loopdevices } = JSON.parse(json || '{"loopdevices":[]}') as {
    loopdevices: Record<string, string>[];
  };
  return loopdevices.map((entry) => ({
    path: entry.name,
    device: entry["maj:min"].trim(),
    file: entry["back-file"],
  }));
}

/** The loop device of a file, if it has one. */
export async function loopOf(file: string): Promise<Loop | undefined> {
  return (await listLoops()).find((loop) => loop.file === file);
}
