/** The lab's ports on 127.0.0.1, and who has them when they are taken. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";

/** A port and what it leads to. */
export interface Port {
  port: number;
  leadsTo: string;
  /** How to choose another. */
  change: string;
}

/** Ports of the two forwards. */
export const forwardPorts = (): Port[] => [
  {
    port: Number(process.env.FOOBAR_LAB_SITE_PORT ?? 8443),
    leadsTo: "the site",
    change: "set FOOBAR_LAB_SITE_PORT",
  },
  {
    port: Number(process.env.FOOBAR_LAB_API_PORT ?? 4566),
    leadsTo: "the lab's AWS API",
    change: "end that program; stacks name this port under aws:endpoints",
  },
];

/** The process that listens on a TCP port of this network namespace, as `name (pid N)`, when /proc tells. */
export function listenerOf(port: number): string | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inodes = new Set(
    ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => {
      const rows = readFileSync(table, "utf8").split("\n").slice(1);
      return rows
        .map((row) => row.trim().split(/\s+/))
        .filter((row) => row[1]?.endsWith(wanted) && row[3] === "0A")
        .map((row) => `socket:[${row[9]}]`);
    }),
  );
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`))
        if (inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`)))
          return `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (pid ${pid})`;
    } catch {
      // ended meanwhile, or not ours to look into
    }
  }
  return undefined;
}

/** Takes a port of 127.0.0.1. Throws an error that names the port and, when it can be found, who has it. */
function takePort({ port, leadsTo, change }: Port): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const owner = error.code === "EADDRINUSE" ? (listenerOf(port) ?? "another program") : error.message;
      reject(new Error(`port 127.0.0.1:${port}: want it free for ${leadsTo}, got ${owner} on it; ${change}`));
    });
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** Takes all of them, or none: throws an error with a line for each that is taken. */
export async function takePorts(ports: readonly Port[]): Promise<Server[]> {
  const taken = await Promise.allSettled(ports.map(takePort));
  const servers = taken.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const refused = taken.flatMap((one) => (one.status === "rejected" ? [(one.reason as Error).message] : []));
  if (refused.length === 0) return servers;
  for (const server of servers) server.close();
  throw new Error(refused.join("\n"));
}
