/** Calls to the control daemon: HTTP and JSON over its unix socket. */
import { request as httpRequest } from "node:http";
import { files } from "./files";

/** How long a call may take: a host that boots slowly, with an image that is still being built. */
const timeoutMs = 15 * 60_000;

/**
 * One call. Gives what the daemon answered, undefined for what is not there.
 * Throws the daemon's own words when it refuses, and the socket's error when it does not run.
 */
export function request(method: string, path: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(
      {
        socketPath: files.socket(),
        method,
        path,
        timeout: timeoutMs,
        agent: false,
        headers: { "content-type": "application/json" },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("error", reject);
        response.on("end", () => {
          const status = response.statusCode ?? 500;
          if (status === 404) return resolve(undefined);
          const answer: unknown = text === "" ? undefined : JSON.parse(text);
          if (status < 400) return resolve(answer);
          return reject(
            new Error(
              (answer as { error?: string } | undefined)?.error ?? `the lab's daemon answered ${status}`,
            ),
          );
        });
      },
    );
    call.on("timeout", () =>
      call.destroy(
        new Error(`the lab's daemon did not answer ${method} ${path} within ${timeoutMs / 60_000} minutes`),
      ),
    );
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
