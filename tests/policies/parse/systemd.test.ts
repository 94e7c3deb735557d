import { parseUnit } from "../../../policies/parse/systemd";

const parse = (text: string) => parseUnit(text, "/etc/systemd/system/x.service");

describe("a unit file", () => {
  test("has sections, comments, and values that go on with a backslash, over comments too", () => {
    const unit = parse(`# one
[Service]
ExecStart=/bin/x \\
; not this
    --a=b
Restart = always
[Unit]
Restart=no
`);
    expect(unit.get("Service", "ExecStart")).toBe("/bin/x --a=b");
    expect(unit.get("Service", "Restart")).toBe("always");
    expect(unit.get("Unit", "Restart")).toBe("no");
    expect(unit.get("Unit", "ExecStart")).toBeUndefined();
  });

  test("collects lists, and an empty assignment begins them anew", () => {
    const unit = parse("[Service]\nExecStart=a\nExecStart=\nExecStart=b\nExecStart=c\nUser=x\nUser=\n");
    expect(unit.all("Service", "ExecStart")).toEqual(["b", "c"]);
    expect(unit.get("Service", "ExecStart")).toBe("c");
    expect(unit.get("Service", "User")).toBeUndefined();
    expect(unit.all("Service", "Group")).toEqual([]);
  });

  test.each([
    ["User=x", "1: want a [Section] first, got User=x"],
    ["[Service]\nx", "2: want [Section] or Key=value, got x"],
  ])("%j is refused", (text, message) => {
    expect(() => parse(text)).toThrow(new Error(`/etc/systemd/system/x.service:${message}`));
  });
});
