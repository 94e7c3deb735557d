import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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

describe("what is there already", () => {
  const made = () => join(folder, "one");
  const timeOf = (file: string) => statSync(file).mtimeMs;

  test("stays as it is when it was made of the same files", async () => {
    const before = timeOf(built.archive);
    expect(await buildApp(made())).toEqual(built);
    expect(timeOf(built.archive)).toBe(before);
  });

  test("is made again when it is not what was made, or was made of something else", async () => {
    writeFileSync(built.archive, "cut off");
    expect(await buildApp(made())).toEqual(built);
    expect(readFileSync(built.archive).length).toBeGreaterThan(100_000);

    const record = join(made(), "made-of.json");
    const told = JSON.parse(readFileSync(record, "utf8")) as { digest: string };
    const before = timeOf(built.archive);
    writeFileSync(record, JSON.stringify({ ...told, digest: "0".repeat(64) }));
    expect(await buildApp(made())).toEqual(built);
    expect(timeOf(built.archive)).toBeGreaterThan(before);
  });
});
