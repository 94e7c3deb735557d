import { once } from "node:events";
import { type Server, createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { stopServer } from "../../app/shutdown";

let server: Server;
let url: string;
let answerAfterMs: number;

beforeEach(async () => {
  answerAfterMs = 0;
  server = createServer((_request, response) =>
    setTimeout(() => response.end("done"), answerAfterMs).unref(),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => server.close());

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("new requests are still answered during the lead, and refused after it", async () => {
  const stopped = stopServer(server, 300, 1000);
  await sleep(100);
  expect(await (await fetch(url)).text()).toBe("done");
  expect(await stopped).toBe(true);
  await expect(fetch(url)).rejects.toThrow();
});

test("a request that is being answered is finished", async () => {
  answerAfterMs = 500;
  const answer = fetch(url).then((response) => response.text());
  await sleep(50);
  const stopped = stopServer(server, 0, 5000);
  expect(await answer).toBe("done");
  expect(await stopped).toBe(true);
});

test("an idle connection is closed and holds nothing up", async () => {
  const { port } = server.address() as AddressInfo;
  const idle = connect(port, "127.0.0.1");
  idle.resume().write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(idle, "data");
  const closed = once(idle, "close");
  const start = performance.now();
  expect(await stopServer(server, 0, 5000)).toBe(true);
  await closed;
  expect(performance.now() - start).toBeLessThan(1000);
});

test("a request that outlives the deadline is cut, and that is told", async () => {
  answerAfterMs = 60_000;
  const answer = fetch(url);
  const failed = expect(answer).rejects.toThrow();
  await sleep(50);
  expect(await stopServer(server, 0, 200)).toBe(false);
  await failed;
});
