import { StoreUnavailableError } from "../../app/messages";
import { createApp } from "../../app/routes";
import { MemoryStore } from "../support/memory-store";

let store: MemoryStore;
let stopping: boolean;
let logged: { level: string; event: string; fields: Record<string, unknown> }[];
let app: ReturnType<typeof createApp>;

beforeEach(() => {
  store = new MemoryStore();
  stopping = false;
  logged = [];
  app = createApp({
    store,
    host: "web-1",
    log: (level, event, fields = {}) => logged.push({ level, event, fields }),
    isStopping: () => stopping,
  });
});

const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const FORM = { ...HTML, "content-type": "application/x-www-form-urlencoded" };

async function postJson(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return await app.request("/messages", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function postForm(
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await app.request("/messages", {
    method: "POST",
    headers: { ...FORM, ...headers },
    body: new URLSearchParams(fields),
  });
}

interface ProblemBody {
  status: number;
  title: string;
  detail: string;
  errors?: { field: string; message: string }[];
}

async function problem(response: Response): Promise<ProblemBody> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = (await response.json()) as ProblemBody;
  expect(body.status).toBe(response.status);
  return body;
}

describe("people", () => {
  test("see the messages, newest first, and which hosts served them", async () => {
    await postJson({ author: "Ada", text: "first" });
    await postJson({ text: "second" });
    const response = await app.request("/", { headers: HTML });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(response.headers.get("vary")).toBe("accept");
    const page = await response.text();
    expect(page.indexOf("second")).toBeGreaterThan(0);
    expect(page.indexOf("first")).toBeGreaterThan(page.indexOf("second"));
    expect(page).toContain("Served by web-1, read from db-2 (replica).");
    expect(page).toContain('<time datetime="2030-01-02T03:04:05.678Z">2030-01-02 03:04 UTC</time>');
  });

  test("add a message with a plain form and are redirected to a page that has it", async () => {
    store.replicated = 0;
    const posted = await postForm({ author: "Ada", text: "hello", key: "12345678" });
    expect(posted.status).toBe(303);
    expect(posted.headers.get("location")).toBe("/?seen=1#m1");
    const page = await app.request("/?seen=1", { headers: HTML });
    expect(await page.text()).toContain("hello");
    expect(page.headers.get("x-database-role")).toBe("primary");
    const others = await app.request("/", { headers: HTML });
    expect(others.headers.get("x-database-role")).toBe("replica");
  });

  test("are told when not even the primary has what they wrote", async () => {
    expect(await (await app.request("/?seen=9", { headers: HTML })).text()).toContain("is on its way");
  });

  test("cannot inject HTML, neither by message, name nor typed text", async () => {
    const attack = `"><script>alert('x')</script>&`;
    await postForm({ author: attack, text: attack });
    const again = await postForm({ author: attack, text: attack + "\u0007" });
    for (const page of [await (await app.request("/", { headers: HTML })).text(), await again.text()]) {
      expect(page).not.toContain("<script");
      expect(page).not.toContain(`"><`.concat("script"));
      expect(page).toContain("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;");
    }
  });

  test("get their form back, with what they typed and what is wrong with it", async () => {
    const response = await postForm({ author: "Ada", text: "x".repeat(501) });
    expect(response.status).toBe(422);
    const page = await response.text();
    expect(page).toContain("want at most 500 characters, got 501");
    expect(page).toContain("x".repeat(501));
    expect(page).toContain('value="Ada"');
    expect(page).toContain('aria-invalid="true" aria-describedby="text-error"');
    expect(store.primary).toHaveLength(0);
  });

  test("who send a form twice have added one message", async () => {
    const fields = { text: "once", key: "same-key-1" };
    const [first, second] = [await postForm(fields), await postForm(fields)];
    expect([first.status, second.status]).toEqual([303, 303]);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    expect(store.primary).toHaveLength(1);
  });

  test("who go back and write something else keep their text and get a new key", async () => {
    await postForm({ text: "one", key: "same-key-1" });
    const response = await postForm({ text: "two", key: "same-key-1" });
    expect(response.status).toBe(422);
    const page = await response.text();
    expect(page).toContain("This form was sent before");
    expect(page).toContain("two</textarea>");
    expect(/name="key" value="([^"]+)"/.exec(page)?.[1]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("page through older messages by links", async () => {
    for (let i = 1; i <= 45; i++) await postJson({ text: `message ${i}` });
    const seen: string[] = [];
    for (let path: string | undefined = "/"; path !== undefined;) {
      const page: string = await (await app.request(path, { headers: HTML })).text();
      seen.push(...[...page.matchAll(/<p>message (\d+)<\/p>/g)].map((match) => match[1]));
      path = /<a href="([^"]+)" rel="next"/.exec(page)?.[1].replaceAll("&amp;", "&");
    }
    expect(seen).toEqual(Array.from({ length: 45 }, (_, i) => String(45 - i)));
  });

  test("get errors as a page", async () => {
    const response = await app.request("/nothing", { headers: HTML });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(await response.text()).toContain("/nothing: there is nothing here");
  });
});

describe("programs", () => {
  test("add, list, find and page as JSON", async () => {
    const added = await postJson({ author: "Ada", text: "hello" });
    expect(added.status).toBe(201);
    expect(added.headers.get("location")).toBe("/messages/1");
    const message = {
      id: 1,
      author: "Ada",
      text: "hello",
      createdAt: "2030-01-02T03:04:05.678Z",
      url: "/messages/1",
    };
    expect(await added.json()).toEqual(message);
    expect(await (await app.request("/messages/1")).json()).toEqual(message);
    await postJson({ text: "second" });
    const page = (await (await app.request("/messages?limit=1")).json()) as { next: string };
    expect(page).toMatchObject({
      messages: [{ id: 2, author: "anonymous" }],
      next: "/messages?before=2&limit=1",
    });
    expect(await (await app.request(page.next)).json()).toEqual({
      messages: [message],
      next: null,
      behind: false,
    });
  });

  test("get JSON from / when they prefer it, and the page when they take anything", async () => {
    const json = await app.request("/", { headers: { accept: "text/html;q=0.5, application/json" } });
    expect(await json.json()).toEqual({ messages: [], next: null, behind: false });
    const any = await app.request("/", { headers: { accept: "*/*" } });
    expect(any.headers.get("content-type")).toContain("text/html");
  });

  test("may repeat a request with its key and get the first answer", async () => {
    const key = { "idempotency-key": '"a-key-of-mine"' };
    const first = await postJson({ text: "once" }, key);
    const second = await postJson({ text: "once" }, key);
    expect(second.status).toBe(201);
    expect(await second.json()).toEqual(await first.json());
    expect([first, second].map((r) => r.headers.get("idempotent-replayed"))).toEqual([null, "true"]);
    expect((await problem(await postJson({ text: "other" }, key))).detail).toMatch(
      /^idempotency key: want a key of its own/,
    );
  });

  test.each([
    ["no JSON", "{", 400, /^body: want JSON/],
    ["an array", "[]", 422, /want a JSON object/],
    ["null", "null", 422, /want a JSON object/],
    ["an empty object", "{}", 422, /see errors/],
    ["too large a body", JSON.stringify({ text: "x".repeat(9000) }), 413, /at most 8192 bytes/],
  ])("are refused with a reason when they send %s", async (_what, body, status, detail) => {
    const response = await postJson(body);
    expect(response.status).toBe(status);
    expect((await problem(response)).detail).toMatch(detail);
    expect(store.primary).toHaveLength(0);
  });

  test("learn of every wrong field at once", async () => {
    const { errors } = await problem(await postJson({ author: "a\nb", text: 5, txt: "x" }));
    expect(errors?.map(({ field }) => field).sort()).toEqual(["author", "text", "txt"]);
  });

  test("are refused with 413 when a body without a length grows too large", async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 10; i++) controller.enqueue(Buffer.alloc(1000, "x"));
        controller.close();
      },
    });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body, duplex: "half" };
    expect((await app.request("/messages", init)).status).toBe(413);
  });

  test("are refused with 415 for another content type, and 400 for other bytes than UTF-8", async () => {
    const xml = await app.request("/messages", {
      method: "POST",
      headers: { "content-type": "text/xml" },
      body: "<a/>",
    });
    expect((await problem(xml)).detail).toMatch(/^content-type: want application\/json or .*, got text\/xml/);
    expect(xml.status).toBe(415);
    const init = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: Buffer.from([0x22, 0xff, 0x22]),
    };
    expect((await problem(await app.request("/messages", init))).detail).toMatch(/want UTF-8/);
  });

  test.each([
    "limit=0",
    "limit=101",
    "limit=x",
    "before=-1",
    "before=1e3",
    "seen=",
    "before=99999999999999999",
  ])("are refused with 400 for ?%s", async (query) => {
    const response = await app.request(`/messages?${query}`);
    expect(response.status).toBe(400);
    expect((await problem(response)).errors?.[0].field).toBe(query.split("=")[0]);
  });

  test("are told which methods a path takes", async () => {
    const response = await app.request("/messages", { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD, POST");
    expect((await app.request("/", { method: "POST" })).status).toBe(405);
    expect((await app.request("/messages/1", { method: "PUT" })).status).toBe(405);
  });

  test("get 404 for a message or a path that is not there", async () => {
    expect((await app.request("/messages/7")).status).toBe(404);
    expect((await app.request("/messages/x")).status).toBe(404);
    expect((await app.request("/etc/passwd")).status).toBe(404);
  });
});

test("a form that another site's page sends is refused", async () => {
  const response = await postForm({ text: "spam" }, { "sec-fetch-site": "cross-site" });
  expect(response.status).toBe(403);
  expect(store.primary).toHaveLength(0);
});

test("every response, errors too, carries the security headers and names its host", async () => {
  for (const path of ["/", "/messages", "/healthz", "/readyz", "/nothing"]) {
    const { headers } = await app.request(path, { headers: HTML });
    expect(headers.get("x-served-by")).toBe("web-1");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);
  }
});

test("the style is the one that the policy names, and nothing else is loaded", async () => {
  const response = await app.request("/", { headers: HTML });
  const page = await response.text();
  const style = /<style>([^]*)<\/style>/.exec(page)?.[1] ?? "";
  const digest = await crypto.subtle.digest("SHA-256", Buffer.from(style));
  const hash = Buffer.from(digest).toString("base64");
  expect(response.headers.get("content-security-policy")).toContain(`'sha256-${hash}'`);
  expect(page).not.toMatch(/<script|\ssrc=|url\(|href="http/);
});

test("a request id is passed on when it is harmless, and made otherwise", async () => {
  const given = await app.request("/", { headers: { "x-request-id": "edge-42" } });
  expect(given.headers.get("x-request-id")).toBe("edge-42");
  const odd = await app.request("/", { headers: { "x-request-id": 'a "b"' } });
  expect(odd.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("every request is logged once, without its query and content", async () => {
  await app.request("/messages?before=5", { headers: { "x-request-id": "edge-42" } });
  await postJson({ text: "secret words" });
  expect(logged.map(({ event }) => event)).toEqual(["request", "request"]);
  expect(logged[0].fields).toMatchObject({
    requestId: "edge-42",
    method: "GET",
    path: "/messages",
    status: 200,
  });
  expect(logged[0].fields).toMatchObject({ databaseHost: "db-2", databaseRole: "replica" });
  expect(logged[0].fields.ms).toBeGreaterThanOrEqual(0);
  expect(JSON.stringify(logged)).not.toMatch(/secret|before/);
});

test("successful probes are not logged, failed ones are", async () => {
  await app.request("/healthz");
  await app.request("/readyz");
  expect(logged).toHaveLength(0);
  store.state.read = { ok: false, reason: "ECONNREFUSED" };
  await app.request("/readyz");
  expect(logged).toHaveLength(1);
});

describe("health", () => {
  test("the process is healthy whatever the database does", async () => {
    store.state.read = { ok: false, reason: "gone" };
    const response = await app.request("/healthz");
    expect([response.status, await response.json()]).toEqual([200, { status: "ok", host: "web-1" }]);
  });

  test("ready with both sides of the database, and with reads alone", async () => {
    const both = await app.request("/readyz");
    expect([both.status, await both.json()]).toEqual([
      200,
      { status: "ready", host: "web-1", database: store.state },
    ]);
    store.state.write = { ok: false, reason: "db-1: it is read only" };
    const reads = await app.request("/readyz");
    expect(reads.status).toBe(200);
    expect(await reads.json()).toMatchObject({
      database: { write: { ok: false, reason: "db-1: it is read only" } },
    });
  });

  test("not ready, with the reason, when no page can be served", async () => {
    store.state.read = { ok: false, reason: "ECONNREFUSED" };
    const response = await app.request("/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: "not ready",
      database: { read: { reason: "ECONNREFUSED" } },
    });
  });

  test("while stopping it answers, but is not ready and closes connections", async () => {
    stopping = true;
    expect((await app.request("/readyz")).status).toBe(503);
    const page = await app.request("/", { headers: HTML });
    expect([page.status, page.headers.get("connection")]).toEqual([200, "close"]);
  });
});

test("a database that does not answer is a 503 that says when to come back, and a log line that says why", async () => {
  store.failure = new StoreUnavailableError("database: late", { cause: new Error("ECONNREFUSED") });
  const response = await postJson({ text: "x" });
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
  expect(logged[0]).toMatchObject({ event: "database unavailable", fields: { cause: "ECONNREFUSED" } });
});

test("an unexpected error is a 500 that tells the visitor nothing of it", async () => {
  store.failure = new Error("password is hunter2");
  const response = await app.request("/", { headers: HTML });
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("hunter2");
  expect(logged[0]).toMatchObject({ level: "error", event: "unexpected error" });
});
