import { readFileSync } from "node:fs";
import { parsePssKiB } from "../../bench/memory";

test("a process counts with its share of memory, swapped pages included", () => {
  const rollup =
    "5581-7ffd ---p 00000000 00:00 0 [rollup]\nRss:    9000 kB\nPss:    1200 kB\nPss_Anon: 5 kB\nSwapPss:   34 kB\n";
  expect(parsePssKiB(rollup)).toBe(1234);
});

test("this very process has a share", () => {
  expect(parsePssKiB(readFileSync("/proc/self/smaps_rollup", "utf8"))).toBeGreaterThan(1000);
});
