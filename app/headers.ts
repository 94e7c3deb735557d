import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Log } from "./log";
import type { ServedBy } from "./messages";
import { STYLE_HASH } from "./style";

/** What the middlewares and routes of one request share. */
export interface RequestVariables {
  requestId: string;
  /** The database that answered, once one did. */
  servedBy: ServedBy;
}

export type AppEnv = { Variables: RequestVariables };

/** Nothing but this page's own style may load, run, frame or be sent anywhere else. */
const SECURITY_HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    `style-src '${STYLE_HASH}'`,
    "img-src data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  // Every page carries a fresh idempotency key, and lists change at any moment.
  "cache-control": "no-store",
};

const REQUEST_ID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** Quiet while they succeed: a load balancer asks several times a second. */
const PROBES = new Set(["/healthz", "/readyz"]);

/**
 * Sets the headers of every response, and logs every request when it is done.
 *
 * @param host name for `x-served-by`.
 * @param isStopping while true, responses ask the client to open a new connection, elsewhere.
 */
export function everyResponse(host: string, log: Log, isStopping: () => boolean): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const start = performance.now();
    const given = c.req.header("x-request-id") ?? "";
    const requestId = REQUEST_ID.test(given) ? given : randomUUID();
    c.set("requestId", requestId);
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value);
    c.header("x-request-id", requestId);
    c.header("x-served-by", host);
    const servedBy = c.get("servedBy") as ServedBy | undefined;
    if (servedBy !== undefined) {
      c.header("x-database-role", servedBy.role);
      c.header("x-database-host", servedBy.host);
    }
    if (isStopping()) c.header("connection", "close");
    const { status } = c.res;
    if (PROBES.has(c.req.path) && status === 200) return;
    log(status >= 500 ? "error" : "info", "request", {
      requestId,
      method: c.req.method,
      path: c.req.path,
      status,
      ms: Math.round((performance.now() - start) * 10) / 10,
      databaseHost: servedBy?.host,
      databaseRole: servedBy?.role,
    });
  };
}
