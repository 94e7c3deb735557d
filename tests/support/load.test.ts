import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Server, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority } from "./certificates";
import { type LoadOptions, runLoad, startLoad } from "./load";

jest.setTimeout(30_000);

let server: Server;
let ca: string;
let connections: number;
let handle: (request: IncomingMessage, response: ServerResponse, n: number) => void;

beforeAll(async () => {
  const authority = await createAuthority();
  ca = authority.certificate;
  const { certificate, privateKey } = await authority.issue("www.foobar.com");
  let n = 0;
  server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    response.setHeader("x-served-by", `web-${(n % 2) + 1}`);
    handle(request, response, ++n);
  });
  server.on("secureConnection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => server.close());
beforeEach(() => {
  connections = 0;
  handle = (_request, response) => response.end("ok");
});

function options(changes: Partial<LoadOptions> = {}): LoadOptions {
  const { port } = server.address() as AddressInfo;
  return {
    addresses: ["127.0.0.1"],
    port,
    siteName: "www.foobar.com",
    ca,
    perSec: 200,
    requests: 40,
    ...changes,
  };
}

test("every request is counted, with who answered it, on a connection of its own", async () => {
  const report = await runLoad(options());
  expect(report).toMatchObject({
    sent: 40,
    ok: 40,
    failed: 0,
    written: 0,
    perHost: { "web-1": 20, "web-2": 20 },
  });
  expect(connections).toBe(40);
  expect(report.longestMs).toBeGreaterThanOrEqual(report.medianMs);
});

test("kept connections are used again", async () => {
  const report = await runLoad(options({ connections: "kept", lanes: 2 }));
  expect(report.ok).toBe(40);
  expect(connections).toBeLessThanOrEqual(2);
});

test("an address that gives no connection is passed over for the next one, and the request does not fail", async () => {
  // Nobody listens on the first.
  const report = await runLoad(options({ addresses: ["127.0.0.2", "127.0.0.1"] }));
  expect(report).toMatchObject({ ok: 40, failed: 0, passedOver: 20 });
});

test("a request for which no address gives a connection fails", async () => {
  const report = await runLoad(options({ addresses: ["127.0.0.2", "127.0.0.3"], requests: 4 }));
  expect(report).toMatchObject({ ok: 0, failed: 4, passedOver: 4 });
});

test("requests are sent at their time, not when the one before was answered", async () => {
  const times: number[] = [];
  handle = (_request, response) => {
    times.push(performance.now());
    setTimeout(() => response.end(), 400);
  };
  const report = await runLoad(options({ perSec: 50, requests: 20 }));
  expect(report.ok).toBe(20);
  // the last is due after 380 ms and answered 400 ms later, however late a busy machine lets the first one out
  expect(report.seconds).toBeGreaterThan(0.77);
  expect(times[19] - times[0]).toBeLessThan(2000); // one after another would take 8 s
});

test("waiting for a free lane is waiting: a stalled server shows in the longest wait", async () => {
  handle = (_request, response) => setTimeout(() => response.end(), 300);
  const report = await runLoad(options({ perSec: 100, requests: 5, lanes: 1, lateMs: 500 }));
  expect(report.longestMs).toBeGreaterThan(1200);
  expect(report.late).toBeGreaterThanOrEqual(3);
});

test("other statuses, cut connections and timeouts are failures, with their reasons", async () => {
  handle = (_request, response, n) => {
    if (n % 4 === 0) response.writeHead(503).end();
    else if (n % 4 === 1) response.destroy();
    else if (n % 4 === 2) response.end("ok");
  };
  const report = await runLoad(options({ timeoutMs: 500 }));
  expect(report).toMatchObject({ sent: 40, ok: 10, failed: 30 });
  // A status is an answer; the others were lost on a connection that stood.
  expect(report.lostAtSec).toHaveLength(20);
  expect(Object.values(report.failures)).toEqual([10, 10, 10]);
  expect(Object.keys(report.failures).join()).toMatch(/status 503/);
  expect(Object.keys(report.failures).join()).toMatch(/timeout/);
});

test("a certificate for another name, or of another authority, fails every request", async () => {
  const name = await runLoad(options({ siteName: "www.example.com", requests: 3 }));
  expect(name).toMatchObject({ ok: 0, failed: 3 });
  expect(Object.keys(name.failures)[0]).toMatch(/^ERR_TLS_CERT_ALTNAME_INVALID/);
  const authority = await runLoad(options({ ca: (await createAuthority()).certificate, requests: 3 }));
  expect(authority).toMatchObject({ ok: 0, failed: 3 });
});

test("writes carry a key each, and those acknowledged are counted", async () => {
  const keys = new Set<unknown>();
  handle = (request, response) => {
    if (request.method === "POST") keys.add(request.headers["idempotency-key"]);
    response.writeHead(request.method === "POST" ? 201 : 200).end();
  };
  const report = await runLoad(options({ writeEvery: 4 }));
  expect(report).toMatchObject({ ok: 40, written: 10 });
  expect(keys.size).toBe(10);
});

test("it ends early when it is told to, and at its time otherwise", async () => {
  const load = startLoad(options({ requests: undefined, seconds: 60 }));
  await load.started;
  const report = await load.stop();
  expect(report.seconds).toBeLessThan(10);
  expect(report.ok).toBeGreaterThan(0);
  expect(report.failed).toBe(0);
  const timed = await runLoad(options({ requests: 10_000, seconds: 1 }));
  expect(timed.seconds).toBeGreaterThan(0.9);
  expect(timed.seconds).toBeLessThan(3);
  expect(timed.ok).toBeGreaterThan(50);
});
