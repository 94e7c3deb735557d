/** Connects to one of several addresses of a name, as browsers do. */
import { connect, type Socket } from "node:net";

/** Milliseconds after which the next address is tried beside one that has not answered (RFC 8305, section 5). */
const nextAfterMs = 250;
/** Milliseconds that an address may take. */
const connectMs = 5000;

/**
 * The connection to the first address that takes one. An address that refuses, or is silent for a moment, is no
 * reason to wait for it: the next is tried. Rejects when none takes it.
 */
export function reach(addresses: readonly string[], port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const pending = new Set<Socket>();
    let next = 0;
    let timer: NodeJS.Timeout | undefined;
    const attempt = (): void => {
      clearTimeout(timer);
      if (next === addresses.length) {
        if (pending.size === 0)
          reject(new Error(`want a connection to port ${port} of ${addresses.join(", ")}, got none`));
        return;
      }
      const socket = connect({ host: addresses[next++], port, allowHalfOpen: true, noDelay: true });
      pending.add(socket);
      const failed = (): void => {
        socket.destroy();
        if (pending.delete(socket)) attempt();
      };
      socket.setTimeout(connectMs, failed);
      socket.once("error", failed);
      socket.once("connect", () => {
        clearTimeout(timer);
        pending.delete(socket);
        for (const other of pending) {
          pending.delete(other);
          other.destroy();
        }
        socket.setTimeout(0);
        socket.off("timeout", failed);
        socket.off("error", failed);
        resolve(socket);
      });
      timer = setTimeout(attempt, nextAfterMs);
    };
    attempt();
  });
}
