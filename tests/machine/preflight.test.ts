import { diskProblems, findMissing, inspectMachine, memoryProblems } from "../../lab/machine/preflight";
import * as programs from "../../lab/machine/run";

afterEach(() => jest.restoreAllMocks());

describe("the machine's check", () => {
  it("says how much memory it wants and how much there is", () => {
    const meminfo = "MemTotal: 4000000 kB\nMemAvailable:    2097152 kB\n";
    expect(memoryProblems(meminfo, 3072)).toEqual([
      "memory: want 3072 MiB available, got 2048 MiB; end something or use a larger machine",
    ]);
    expect(memoryProblems(meminfo, 2048)).toEqual([]);
  });

  it("names each missing package once, however many programs it brings", () => {
    const missing = findMissing("/nowhere");
    expect(missing).toEqual(
      expect.arrayContaining(["mmdebstrap", "systemd-container", "nftables", "util-linux"]),
    );
    expect(missing.filter((name) => name === "util-linux")).toHaveLength(1);
  });

  it("refuses another system than Linux", async () => {
    const own = Object.getOwnPropertyDescriptor(process, "platform")!;
    Object.defineProperty(process, "platform", { ...own, value: "darwin" });
    try {
      expect((await inspectMachine()).problems).toEqual([
        "system: want Linux, got darwin; run the lab in a Linux machine",
      ]);
    } finally {
      Object.defineProperty(process, "platform", own);
    }
  });

  it("refuses anybody but root", async () => {
    jest.spyOn(process, "getuid" as never).mockReturnValue(1000 as never);
    expect((await inspectMachine()).problems).toEqual(["user: want root, got uid 1000; run with sudo"]);
  });

  it("refuses a machine that makes no namespaces, with the kernel's own words", async () => {
    jest.spyOn(process, "getuid" as never).mockReturnValue(0 as never);
    const stderr = "unshare: unshare failed: Operation not permitted\n";
    jest.spyOn(programs, "run").mockResolvedValue({ code: 1, stdout: "", stderr });
    expect((await inspectMachine({ memoryMiB: 1, diskMiB: 1 })).problems).toEqual([
      "kernel: want mount, network and pid namespaces, got unshare: unshare failed: Operation not permitted; run on the machine itself or in a privileged container",
    ]);
  });

  it("says how much room it wants in a folder that may not exist yet, and how much there is", () => {
    expect(diskProblems("/nowhere/at/all", 2 ** 40)).toEqual([
      expect.stringMatching(
        /^disk: want 1099511627776 MiB free for \/nowhere\/at\/all, got \d+ MiB; free some/,
      ),
    ]);
    expect(diskProblems("/", 0)).toEqual([]);
  });
});
