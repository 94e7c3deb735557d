import { jsonLog } from "../../app/log";

test("an event is one line of JSON, whatever its fields hold", () => {
  const lines: string[] = [];
  const log = jsonLog(
    (line) => lines.push(line),
    () => new Date("2030-01-02T03:04:05.678Z"),
  );
  log("info", "request", { path: '/a"b\n{"forged": true}', status: 200, role: undefined });
  expect(lines).toHaveLength(1);
  expect(lines[0].indexOf("\n")).toBe(lines[0].length - 1);
  expect(JSON.parse(lines[0])).toEqual({
    time: "2030-01-02T03:04:05.678Z",
    level: "info",
    event: "request",
    path: '/a"b\n{"forged": true}',
    status: 200,
  });
});
