import { createServer, type AddressInfo } from "node:net";
import { listenerOf, takePort } from "../../lab/cloud/ports";

test("a port that is taken is refused with the program that has it and how to choose another", async () => {
  const owner = createServer();
  await new Promise<void>((resolve) => owner.listen(0, "127.0.0.1", resolve));
  const { port } = owner.address() as AddressInfo;
  try {
    await expect(takePort({ port, leadsTo: "the site", change: "set ANOTHER" })).rejects.toThrow(
      `port 127.0.0.1:${port}: want it free for the site, got ${listenerOf(port)} on it; set ANOTHER`,
    );
    expect(listenerOf(port)).toMatch(new RegExp(`\\(pid ${process.pid}\\)$`));
  } finally {
    owner.close();
  }
});
