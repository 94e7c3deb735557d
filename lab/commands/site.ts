/** What the lab's commands know about the site: where it is kept, and whether it answers. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join, relative, resolve } from "node:path";

export const projectDir = resolve(__dirname, "..");
export const stateDir = join(projectDir, ".state");
export const repositoryDir = resolve(projectDir, "..");

/** The first of these project folders that has the stack's file. Throws when none has. */
export function projectOf(stack: string, folders: readonly string[]): string {
  const name = `Pulumi.${stack}.yaml`;
  const found = folders.find((folder) => existsSync(join(folder, name)));
  if (found !== undefined) return found;
  const files = folders.map((folder) => relative(repositoryDir, join(folder, name)));
  throw new Error(`stack: want one with a file ${files.join(" or ")}, got none for ${stack}; check the name`);
}

/** Port of 127.0.0.1 that leads to the site's 443. @default 8443, or FOOBAR_LAB_SITE_PORT */
export const sitePort = Number(process.env.FOOBAR_LAB_SITE_PORT ?? 8443);

/** What the site said to one request. */
export interface Answer {
  status: number;
  servedBy?: string;
  databaseRole?: string;
  body: string;
}

/**
 * One request for a page, over TLS that is verified by name against `ca` alone.
 * Rejects when the connection, the certificate or the deadline fails.
 */
export function askSite(args: {
  siteName: string;
  ca: string;
  path?: string;
  timeoutMs?: number;
}): Promise<Answer> {
  return new Promise((done, fail) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port: sitePort,
        servername: args.siteName,
        ca: args.ca,
        path: args.path ?? "/",
        headers: { host: args.siteName, accept: "text/html" },
        agent: false,
        timeout: args.timeoutMs ?? 3000,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.on("error", fail);
        response.on("end", () =>
          done({
            status: response.statusCode ?? 0,
            servedBy: response.headers["x-served-by"]?.toString(),
            databaseRole: response.headers["x-database-role"]?.toString(),
            body,
          }),
        );
      },
    );
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${args.timeoutMs ?? 3000} ms`)));
    asked.on("error", fail);
    asked.end();
  });
}

/**
 * Waits until a page that came out of the database answers with 200.
 * Throws with the last refusal when `deadlineSec` is over.
 */
export async function waitForSite(args: {
  siteName: string;
  ca: string;
  deadlineSec: number;
}): Promise<Answer> {
  const endMs = Date.now() + args.deadlineSec * 1000;
  let last = "no request was made";
  while (Date.now() < endMs) {
    try {
      const answer = await askSite(args);
      if (answer.status === 200 && answer.databaseRole) return answer;
      last = `status ${answer.status} from ${answer.servedBy ?? "an unnamed server"}`;
    } catch (error) {
      last = (error as Error).message;
    }
    await new Promise((next) => setTimeout(next, 100));
  }
  throw new Error(
    `site: want a page with status 200 at https://${args.siteName}/ within ${args.deadlineSec} s, got ${last}; ` +
      "see `make status` and `make logs HOST=lb-1`",
  );
}

/** Keeps the site's CA certificate (public) where the printed curl line finds it; gives its path from the repository. */
export function keepCaCertificate(pem: string): string {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const file = join(stateDir, "ca.crt");
  writeFileSync(file, pem);
  return "lab/.state/ca.crt";
}
