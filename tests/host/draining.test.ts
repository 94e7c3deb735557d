import { python } from "../support/python";

const leave = (host: string, answers: Record<string, [boolean, string]>) =>
  python(
    `from foobar_host import draining, settings
s = settings.Settings({"FOOBAR_HOST": given["host"], "FOOBAR_DOMAIN": "foobar.internal", "FOOBAR_PRIMARY": "db-1.foobar.internal",
    "FOOBAR_MEMBERS": "db-1.foobar.internal,db-2.foobar.internal"})
asked = []
def ask(member, role):
    asked.append(role + " " + member)
    return given["answers"][member]
try:
    draining.check_others(s, ask)
    said = "leaves"
except draining.Refused as reason:
    said = str(reason)`,
    "[said, asked]",
    { host, answers },
  ) as [string, string[]];

describe("a database member that is asked to leave", () => {
  test("leaves when the other one carries on", () => {
    expect(leave("db-2", { "db-1.foobar.internal": [true, "{}"] })).toEqual([
      "leaves",
      ["primary db-1.foobar.internal"],
    ]);
    expect(leave("db-1", { "db-2.foobar.internal": [true, "{}"] })).toEqual([
      "leaves",
      ["replica db-2.foobar.internal"],
    ]);
  });

  test("refuses with the other one's own words when that is not in good order", () => {
    expect(leave("db-2", { "db-1.foobar.internal": [false, '{"mysql": "no answer"}'] })[0]).toBe(
      'db-2.foobar.internal cannot leave: want db-1.foobar.internal to be a primary in good order, got {"mysql": "no answer"}; mend db-1.foobar.internal first',
    );
  });
});
