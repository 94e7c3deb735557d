import { spawn } from "node:child_process";
import { once } from "node:events";
import { identify, isAlive, until } from "../../lab/machine/process";

describe("a process's identity", () => {
  it("does not fit another process that got the same number", () => {
    const own = identify(process.pid)!;
    expect(isAlive(own)).toBe(true);
    expect(isAlive({ ...own, startTime: "1" })).toBe(false);
    expect(isAlive({ ...own, bootId: "another boot" })).toBe(false);
  });

  it("is lost when the process ends", async () => {
    const child = spawn("sleep", ["60"]);
    const identity = identify(child.pid!)!;
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isAlive(identity)).toBe(false);
  });

  it("is not that of a zombie, whose parent has not yet asked for its end", async () => {
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"]);
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const zombie = Number(line.toString());
    expect(await until(() => identify(zombie) === undefined, 2000)).toBe(true);
    parent.kill("SIGKILL");
    await once(parent, "exit");
  });
});
