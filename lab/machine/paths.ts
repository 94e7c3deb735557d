import { join } from "node:path";

/**
 * Where the lab keeps things, and the word that starts the name of everything it makes on the machine
 * (namespaces, cgroups, mounts), so that a scan finds it all. Read from the environment at each call:
 * tests run a second lab beside the first one by setting all four.
 */
export const paths = {
  /** First part of every name, followed by `-`. @default "foobar" */
  prefix: (): string => process.env.FOOBAR_LAB_PREFIX ?? "foobar",
  /** Hosts, volumes, and what else lives as long as the lab. @default "/var/lib/foobar-lab" */
  state: (): string => process.env.FOOBAR_LAB_STATE ?? "/var/lib/foobar-lab",
  /** The host image; the only thing that `down` keeps. @default "/var/cache/foobar-lab" */
  cache: (): string => process.env.FOOBAR_LAB_CACHE ?? "/var/cache/foobar-lab",
  /** Sockets and locks. @default "/run/foobar-lab" */
  run: (): string => process.env.FOOBAR_LAB_RUN ?? "/run/foobar-lab",
  /** Folder of one host. */
  host: (id: string): string => join(paths.state(), "hosts", id),
  /** Folder of one volume. */
  volume: (id: string): string => join(paths.state(), "volumes", id),
};
