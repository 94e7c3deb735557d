import type { Server } from "node:http";

/**
 * Milliseconds in which the service says that it is stopping but still answers. A load balancer that asks
 * `/readyz` every 500 ms and believes two answers has moved on by then.
 */
export const LEAD_MS = 2000;

/** Milliseconds after that for requests that are being answered; a request's own deadline is 10 s. */
export const FINISH_MS = 12_000;

/**
 * Stops a server without losing a request, in three steps: it goes on answering for `LEAD_MS` (its routes
 * report "stopping", and every response asks to close the connection), then accepts no more connections and
 * closes idle ones, and last, after `FINISH_MS`, cuts whatever is left.
 *
 * @returns true when every request was finished, false when some had to be cut.
 */
export async function stopServer(server: Server, leadMs = LEAD_MS, finishMs = FINISH_MS): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, leadMs));
  return new Promise((resolve) => {
    let finished = true;
    const cut = setTimeout(() => {
      finished = false;
      server.closeAllConnections();
    }, finishMs);
    // Closing a server closes what is idle at that moment; a connection may become idle later.
    const sweep = setInterval(() => server.closeIdleConnections(), 100);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve(finished);
    });
  });
}
