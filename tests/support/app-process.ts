import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { MysqlPair } from "./mysql";
import { freePort } from "./ports";
import { until } from "./until";

/** The application's bundle, running as its unit would run it. */
export interface AppProcess {
  /** Its address, such as http://127.0.0.1:12345. */
  url: string;
  child: ChildProcess;
  /** The log so far, a parsed line each. */
  log: Record<string, unknown>[];
  /** Resolves with the exit code. */
  exited: Promise<number | null>;
  /** Kills it, if it still runs, and removes its files. */
  remove(): Promise<void>;
}

/** Starts `server` (the built server.js) on a pair of databases; returns once it listens. */
export async function startApp(server: string, pair: MysqlPair): Promise<AppProcess> {
  const folder = mkdtempSync(join(tmpdir(), "foobar-app-"));
  writeFileSync(join(folder, "ca.pem"), pair.authority.certificate);
  writeFileSync(
    join(folder, "credentials.json"),
    JSON.stringify({ username: pair.username, password: pair.password }),
  );
  const port = await freePort();
  const child = spawn(process.execPath, [server], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PORT: String(port),
      DATABASE_WRITE_PORT: String(pair.primary.port),
      DATABASE_READ_PORT: String(pair.replica.port),
      DATABASE_CREDENTIALS_FILE: join(folder, "credentials.json"),
      DATABASE_CA_FILE: join(folder, "ca.pem"),
      DATABASE_SERVER_NAMES: "db-1.foobar.internal, db-2.foobar.internal",
    },
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const log: Record<string, unknown>[] = [];
  createInterface(child.stdout).on("line", (line) => log.push(JSON.parse(line) as Record<string, unknown>));
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(`${url}/healthz`));
  return {
    url,
    child,
    log,
    exited,
    remove: async () => {
      child.kill("SIGKILL");
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}
