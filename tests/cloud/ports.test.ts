import { createServer, type AddressInfo } from "node:net";
import { listenerOf, takePorts } from "../../lab/cloud/ports";

test("ports of which one is taken are refused with the program that has it, and the others let go", async () => {
  const owner = createServer();
  await new Promise<void>((resolve) => owner.listen(0, "127.0.0.1", resolve));
  const { port } = owner.address() as AddressInfo;
  try {
    const [free] = await takePorts([{ port: 0, leadsTo: "nothing yet", change: "" }]);
    const other = (free.address() as AddressInfo).port;
    free.close();
    const ports = [
      { port: other, leadsTo: "the lab's AWS API", change: "" },
      { port, leadsTo: "the site", change: "set ANOTHER" },
    ];
    await expect(takePorts(ports)).rejects.toThrow(
      `port 127.0.0.1:${port}: want it free for the site, got ${listenerOf(port)} on it; set ANOTHER`,
    );
    expect(listenerOf(other)).toBeUndefined();
    expect(listenerOf(port)).toMatch(new RegExp(`\\(pid ${process.pid}\\)$`));
  } finally {
    owner.close();
  }
});
