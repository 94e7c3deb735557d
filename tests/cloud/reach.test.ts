import { createServer, type AddressInfo, type Server } from "node:net";
import { reach } from "../../lab/cloud/reach";

/** Nobody answers here (a documentation range): a packet is refused or lost. */
const nobody = "192.0.2.255";
let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((socket) => socket.end(socket.localAddress ?? ""));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.2", resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());

async function answered(addresses: string[]): Promise<string> {
  const socket = await reach(addresses, port);
  let said = "";
  for await (const chunk of socket) said += String(chunk);
  return said;
}

test("the first address that takes a connection is used", async () => {
  expect(await answered(["127.0.0.2", nobody])).toBe("127.0.0.2");
});

test("an address that refuses, or does not answer, gives way to the next", async () => {
  expect(await answered(["127.0.0.3", "127.0.0.2"])).toBe("127.0.0.2");
  expect(await answered([nobody, "127.0.0.3", "127.0.0.2"])).toBe("127.0.0.2");
});

test("no address at all, or none that takes it, is an error", async () => {
  await expect(reach([], port)).rejects.toThrow("got none");
  await expect(reach(["127.0.0.3", "127.0.0.4"], port)).rejects.toThrow(
    `want a connection to port ${port} of 127.0.0.3, 127.0.0.4, got none`,
  );
});
