import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { takeLock } from "../../engine/lock";

const folder = mkdtempSync(join(tmpdir(), "engine-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "dev.lock");

/** A lock left by `owner`, over one of this very process, which runs. */
function leave(owner: object): void {
  const since = "2026-01-02T03:04:05.678Z";
  const whole = {
    pid: process.pid,
    host: hostname(),
    since,
    command: "up -s dev",
    started: "",
    children: [],
  };
  writeFileSync(file, JSON.stringify({ ...whole, ...owner }));
}

test("names its owner while it is held, and is gone afterwards", async () => {
  const lock = await takeLock(file, "up -s dev");
  await expect(takeLock(file, "destroy -s dev")).rejects.toThrow(
    new RegExp(
      `lock ${file}: "up -s dev" \\(pid ${process.pid} on ${hostname()}\\) works on this stack since`,
    ),
  );
  lock.release();
  expect(existsSync(file)).toBe(false);
});

test.each([
  ["a process that is gone", { pid: 2 ** 22 + 1 }],
  ["an earlier process of the same number", { started: "1" }],
])("of %s is taken over", async (_what, owner) => {
  leave(owner);
  const lock = await takeLock(file, "destroy -s dev");
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    pid: process.pid,
    command: "destroy -s dev",
  });
  lock.release();
});

test.each([
  [
    "a running process",
    {},
    /"up -s dev" \(pid \d+ on .*\) works on this stack since 2026-01-02 03:04:05 UTC/,
  ],
  ["another machine", { pid: 2 ** 22 + 1, host: "elsewhere" }, /pid \d+ on elsewhere/],
])("of %s is respected", async (_what, owner, message) => {
  leave(owner);
  const before = readFileSync(file, "utf8");
  await expect(takeLock(file, "destroy -s dev")).rejects.toThrow(message);
  expect(readFileSync(file, "utf8")).toBe(before);
});
