import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { buildApp } from "../../app/build";
import { type AppProcess, startApp } from "../support/app-process";
import { type MysqlPair, startMysqlPair } from "../support/mysql";
import { until } from "../support/until";

jest.setTimeout(90_000);

/** The first test of all may have to build the hosts' image. */
const IMAGE_MS = 300_000;

let folder: string;
let pair: MysqlPair;
let server: string;
let app: AppProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "foobar-built-"));
  [{ server }, pair] = await Promise.all([buildApp(folder), startMysqlPair()]);
}, IMAGE_MS);
afterAll(async () => {
  await pair.remove();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  app = await startApp(server, pair);
  await ready();
});
afterEach(() => app.remove());

async function ready(): Promise<void> {
  await until(async () => {
    expect(await (await fetch(`${app.url}/readyz`)).json()).toMatchObject({ status: "ready" });
  });
}

interface Answer {
  status: number;
  /** The server asked for the connection to be closed. */
  closing: boolean;
  ms: number;
}

/** One request over `agent`'s connections; rejects when the connection fails. */
function ask(agent: Agent, path: string, body?: string): Promise<Answer> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "idempotency-key": randomUUID() };
    const sent = request(
      app.url + path,
      { agent, method: body === undefined ? "GET" : "POST", headers },
      (response) => {
        response.resume().on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            closing: response.headers.connection === "close",
            ms: performance.now() - start,
          }),
        );
      },
    );
    sent.on("error", reject).end(body);
  });
}

/** Asks again and again, over several connections, until told to stop; writes and reads in turn. */
function load(connections: number): { answers: Answer[]; failures: string[]; stop: () => Promise<void> } {
  const answers: Answer[] = [];
  const failures: string[] = [];
  let running = true;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const worker = async (): Promise<void> => {
    for (let i = 0; running; i++) {
      const body = i % 2 === 0 ? JSON.stringify({ text: `load ${randomUUID()}` }) : undefined;
      await ask(agent, "/messages", body).then(
        (answer) => (answer.status < 300 ? answers.push(answer) : failures.push(`status ${answer.status}`)),
        (error: Error) => failures.push(error.message),
      );
    }
  };
  const workers = Array.from({ length: connections }, worker);
  return {
    answers,
    failures,
    stop: async () => {
      running = false;
      await Promise.all(workers);
      agent.destroy();
    },
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("a page names the host, the database host and the role that served it", async () => {
  const posted = await fetch(`${app.url}/messages`, {
    method: "POST",
    body: new URLSearchParams({ author: "Ada", text: "through the form" }),
    redirect: "manual",
  });
  expect(posted.status).toBe(303);
  expect(posted.headers.get("x-database-role")).toBe("primary");
  expect(posted.headers.get("x-database-host")).toBe("db-1");
  await until(async () => {
    const page = await fetch(`${app.url}/`);
    expect(page.headers.get("x-served-by")).toBe(hostname().split(".")[0]);
    expect(page.headers.get("x-database-role")).toBe("replica");
    expect(page.headers.get("x-database-host")).toBe("db-2");
    expect(await page.text()).toContain("through the form");
  });
  expect(await (await fetch(`${app.url}/readyz`)).json()).toMatchObject({
    status: "ready",
    database: {
      read: { ok: true, servedBy: { host: "db-2", role: "replica" } },
      write: { ok: true, servedBy: { host: "db-1", role: "primary" } },
    },
  });
});

test("no log line holds the password or what visitors wrote", async () => {
  await fetch(`${app.url}/messages`, {
    method: "POST",
    body: new URLSearchParams({ text: "private words" }),
  });
  const log = JSON.stringify(app.log);
  expect(log).toContain('"event":"request"');
  expect(log).not.toContain(pair.password);
  expect(log).not.toContain("private words");
});

test.each([
  ["a clean restart", () => pair.primary.stop()],
  ["a crash", () => pair.primary.kill()],
])(
  "%s of the primary is a delay for those who write, and no message is lost or doubled",
  async (_what, down) => {
    const [{ count: before }] = await pair.primary.sql("SELECT COUNT(*) AS count FROM foobar.messages");
    const { answers, failures, stop } = load(6);
    await sleep(500);
    await down();
    await sleep(1000);
    await pair.primary.start();
    await sleep(500);
    await stop();
    expect(failures).toEqual([]);
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeGreaterThan(900);
    const [{ count, texts }] = await pair.primary.sql(
      "SELECT COUNT(*) AS count, COUNT(DISTINCT body) AS texts FROM foobar.messages",
    );
    expect(texts).toBe(count);
    // Every other request was a write; a worker's last pair may have ended after its write.
    const writes = Number(count) - Number(before);
    expect(writes).toBeGreaterThanOrEqual(answers.length / 2);
    expect(writes).toBeLessThanOrEqual(answers.length / 2 + 6);
  },
);

test("without its databases the process lives, says why it is not ready within two seconds, and recovers", async () => {
  await Promise.all([pair.primary.stop(), pair.replica.stop()]);
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  const start = performance.now();
  const response = await fetch(`${app.url}/readyz`);
  expect(performance.now() - start).toBeLessThan(2000);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    status: "not ready",
    database: { read: { ok: false }, write: { ok: false } },
  });
  await pair.replica.start();
  await ready();
  expect(await (await fetch(`${app.url}/readyz`)).json()).toMatchObject({
    database: { write: { ok: false } },
  });
  await pair.primary.start();
  await until(async () => expect((await ask(new Agent(), "/messages", '{"text":"back"}')).status).toBe(201));
  await pair.replica.sql("SET GLOBAL super_read_only = ON");
});

test("told to stop, it finishes every request of clients that heed it, and ends with code 0", async () => {
  const agent = new Agent({ keepAlive: true });
  const answers: Answer[] = [];
  const failures: string[] = [];
  let running = true;
  // As a load balancer does: no new requests once /readyz says so.
  const balancer = async (): Promise<void> => {
    while (running) {
      if ((await ask(new Agent(), "/readyz")).status !== 200) running = false;
      await sleep(200);
    }
  };
  const client = async (): Promise<void> => {
    while (running) {
      await ask(agent, "/messages").then(
        (answer) => answers.push(answer),
        (error: Error) => failures.push(error.message),
      );
    }
  };
  const clients = [balancer(), ...Array.from({ length: 8 }, client)];
  await sleep(500);
  app.child.kill("SIGTERM");
  await Promise.all(clients);
  expect(failures).toEqual([]);
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(answers.slice(-8).every(({ closing }) => closing)).toBe(true);
  expect(await app.exited).toBe(0);
  expect(app.log.at(-1)).toMatchObject({ event: "stopped", finished: true });
});
