import { type AddressInfo, createServer } from "node:net";

/** A TCP port of 127.0.0.1 that nothing listens on now; another process may take it before its user does. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
