import { Hono } from "hono";
import { accepts } from "hono/accepts";
import { bodyLimit } from "hono/body-limit";
import type { Context } from "hono";
import { type AppEnv, everyResponse } from "./headers";
import { BODY_MAX, type FormInput, bodyKind, readForm, readJson, readListQuery } from "./input";
import type { Log } from "./log";
import { KeyReusedError, type Message, type MessageStore, StoreUnavailableError } from "./messages";
import { messagesPage, olderQuery, problemPage } from "./page";
import { Problem } from "./problem";

/** What the routes need from the process. */
export interface AppOptions {
  store: MessageStore;
  /** This host's name. */
  host: string;
  log: Log;
  /** True from the first wish to stop: the load balancer then takes this host out. */
  isStopping: () => boolean;
}

/** The whole application, as a function from request to response. */
export function createApp({ store, host, log, isStopping }: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(everyResponse(host, log, isStopping));
  app.use(
    bodyLimit({
      maxSize: BODY_MAX,
      onError: () => {
        throw new Problem(413, `body: want at most ${BODY_MAX} bytes, got more; send a shorter message`);
      },
    }),
  );

  app.get("/healthz", (c) => c.json({ status: isStopping() ? "stopping" : "ok", host }));

  // Ready = a page can be served. A site that can only be read is better than none, so writes do not count.
  app.get("/readyz", async (c) => {
    const database = await store.check();
    const status = isStopping() ? "stopping" : database.read.ok ? "ready" : "not ready";
    return c.json({ status, host, database }, status === "ready" ? 200 : 503);
  });

  app.get("/", async (c) => {
    if (!wantsHtml(c, true)) return listAsJson(c);
    return showPage(c, 200);
  });
  app.get("/messages", listAsJson);

  app.get("/messages/:id{[0-9]{1,15}}", async (c) => {
    const { message, servedBy } = await store.find(Number(c.req.param("id")));
    c.set("servedBy", servedBy);
    if (message === undefined) throw new Problem(404, `message ${c.req.param("id")}: there is none`);
    return c.json(messageAsJson(message));
  });

  app.post("/messages", async (c) => {
    // A browser says where a form came from: other sites may not write in a visitor's name.
    if (c.req.header("sec-fetch-site") === "cross-site") {
      throw new Problem(403, "sec-fetch-site: want a request from this site, got one from another");
    }
    if (bodyKind(c) === "form") return addFromForm(c);
    const { message, repeated, servedBy } = await store.add(await readJson(c));
    c.set("servedBy", servedBy);
    c.header("location", `/messages/${message.id}`);
    if (repeated) c.header("idempotent-replayed", "true");
    return c.json(messageAsJson(message), 201);
  });

  for (const [path, allow] of [
    ["/", "GET, HEAD"],
    ["/messages", "GET, HEAD, POST"],
    ["/messages/:id", "GET, HEAD"],
    ["/healthz", "GET, HEAD"],
    ["/readyz", "GET, HEAD"],
  ]) {
    app.all(path, (c) => {
      if (c.req.method === "GET" || c.req.method === "HEAD") return c.notFound();
      throw new Problem(405, `method: want ${allow}, got ${c.req.method}`, [], { allow });
    });
  }
  app.notFound((c) => showProblem(c, new Problem(404, `${c.req.path}: there is nothing here`)));
  app.onError((error, c) => showProblem(c, problemOf(error, c, log)));
  return app;

  async function listAsJson(c: Context<AppEnv>): Promise<Response> {
    const query = readListQuery(c);
    const { messages, next, behind, servedBy } = await store.list(query);
    c.set("servedBy", servedBy);
    return c.json({
      messages: messages.map(messageAsJson),
      next: next === undefined ? null : `/messages?${olderQuery(query, next)}`,
      behind,
    });
  }

  async function showPage(c: Context<AppEnv>, status: 200 | 422, form?: FormInput): Promise<Response> {
    const query = form === undefined ? readListQuery(c) : { limit: 20 };
    const result = await store.list(query);
    c.set("servedBy", result.servedBy);
    c.header("vary", "accept");
    return c.html(messagesPage(host, query, result, form), status);
  }

  async function addFromForm(c: Context<AppEnv>): Promise<Response> {
    const form = await readForm(c);
    if (form.draft === undefined) return showPage(c, 422, form);
    try {
      const { message, servedBy } = await store.add(form.draft);
      c.set("servedBy", servedBy);
      // The page that follows names what its reader has seen, so a replica that is behind is noticed.
      return c.redirect(`/?seen=${message.id}#m${message.id}`, 303);
    } catch (error) {
      if (!(error instanceof KeyReusedError)) throw error;
      const message = "This form was sent before. Send it again to add this message as well.";
      return showPage(c, 422, { ...form, errors: [{ field: "key", message }] });
    }
  }
}

function messageAsJson({ id, author, text, createdAt }: Message): Record<string, unknown> {
  return { id, author, text, createdAt: createdAt.toISOString(), url: `/messages/${id}` };
}

/** Whether the client is a person's browser; `byDefault` decides for clients that take anything. */
function wantsHtml(c: Context, byDefault: boolean): boolean {
  const types = ["text/html", "application/json"];
  return accepts(c, { header: "Accept", supports: types, default: types[byDefault ? 0 : 1] }) === types[0];
}

function problemOf(error: Error, c: Context<AppEnv>, log: Log): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof KeyReusedError) return new Problem(422, error.message);
  const unavailable = error instanceof StoreUnavailableError;
  const cause = (error.cause as Error | undefined)?.message;
  log("error", unavailable ? "database unavailable" : "unexpected error", {
    requestId: c.get("requestId"),
    reason: error.message,
    cause,
    stack: unavailable ? undefined : error.stack,
  });
  if (!unavailable) return new Problem(500, "the server failed; it has written down why");
  return new Problem(503, "the database does not answer; try again in a moment", [], { "retry-after": "2" });
}

function showProblem(c: Context<AppEnv>, problem: Problem): Response | Promise<Response> {
  for (const [name, value] of Object.entries(problem.headers)) c.header(name, value);
  c.header("vary", "accept");
  if (wantsHtml(c, false)) return c.html(problemPage(problem, c.get("requestId")), problem.status);
  return c.body(JSON.stringify(problem), problem.status, { "content-type": "application/problem+json" });
}
