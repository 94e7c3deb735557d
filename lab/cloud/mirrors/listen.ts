/** Makes listening sockets in the network namespace that it runs in, and hands them to the process that started it. */
import { createServer } from "node:net";
import type { MirrorPlace } from "./places";

async function main(): Promise<void> {
  for (const place of JSON.parse(process.argv[2]) as MirrorPlace[]) {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(place.port, place.address, resolve);
    });
    await new Promise<void>((resolve) => process.send!(place, server, {}, () => resolve()));
  }
}

process.once("disconnect", () => process.exit(0));
main().catch((error: Error) => {
  console.log(error.stack);
  process.exit(1);
});
