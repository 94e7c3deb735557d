import { findMissing, memoryProblems } from "../../lab/machine/preflight";

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
});
