import { python } from "../support/python";

const A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const B = "97fbf84b-f6ff-5068-8854-435dab0ab07e";
const missing = (wanted: string, have: string) =>
  python("from foobar_host import gtids", "gtids.show(gtids.missing(*given))", [wanted, have]);

describe("sets of transactions", () => {
  test.each([
    ["", "", ""],
    ["", `${A}:1-5`, ""],
    [`${A}:1-5`, "", `${A}:1-5`],
    [`${A}:1-5`, `${A}:1-5`, ""],
    [`${A}:1-10`, `${A}:1-3:7`, `${A}:4-6:8-10`],
    [`${A}:5`, `${A}:1-4:6-9`, `${A}:5`],
    [`${A}:1-5,\n${B}:1-2`, `${B}:1-9,${A}:1-4`, `${A}:5`],
    // Intervals that touch, in any order.
    [`${A}:1-9`, `${A}:4-9:1-3`, ""],
    // Two sets after each other are their union.
    [`${A}:1-9`, `${A}:1-3,${A}:4-9`, ""],
    // MySQL 8.3 and later: a tag has transactions of its own.
    [`${A}:1-3:copy:1-2`, `${A}:1-3`, `${A}:copy:1-2`],
    [`${A}:copy:1-2`, `${A}:1-3:copy:1-9`, ""],
    [`${A.toUpperCase()}:1`, `${A}:1`, ""],
  ])("of %j, what %j has not is %j", (wanted, have, lacking) => {
    expect(missing(wanted, have)).toBe(lacking);
  });

  test("are counted", () => {
    expect(
      python("from foobar_host import gtids", "gtids.count(gtids.parse(given))", `${A}:1-10:12,${B}:3`),
    ).toBe(12);
  });
});
