import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { list } from "tar";
import { type BuiltApp, buildApp } from "../../app/build";

let folder: string;
let built: BuiltApp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "foobar-built-"));
  built = await buildApp(join(folder, "one"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the archive holds server.js at its top, and nothing else", () => {
  const paths: string[] = [];
  const parser = list({ sync: true, onReadEntry: (entry) => paths.push(entry.path) });
  parser.end(gunzipSync(readFileSync(built.archive)));
  expect(paths).toEqual(["server.js"]);
});

test("a second build gives the same bytes, and none of them names this machine's folders", async () => {
  const again = await buildApp(join(folder, "two"));
  expect(again.sha256).toBe(built.sha256);
  expect(readFileSync(again.archive).equals(readFileSync(built.archive))).toBe(true);
  expect(readFileSync(built.server, "utf8")).not.toContain(process.cwd());
});

test("started with a bad environment it names every problem in one line of JSON and ends with code 1", () => {
  const { status, stdout } = spawnSync(process.execPath, [built.server], {
    env: { PORT: "0" },
    encoding: "utf8",
  });
  expect(status).toBe(1);
  const line = JSON.parse(stdout) as { event: string; problems: string[] };
  expect(line.event).toBe("bad environment");
  expect(line.problems).toHaveLength(4);
});
