import type { Socket } from "node:net";

/** Passes on what either of two connections brings to the other; when one ends, so does the other. */
export function carry(client: Socket, target: Socket): void {
  for (const [from, to] of [
    [client, target],
    [target, client],
  ]) {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    from.pipe(to);
  }
}
