import { eventsIn, slowestSteps } from "../../bench/deployment";

const step = (name: string, seconds: number, op = "create"): string =>
  JSON.stringify({
    type: "step",
    phase: "end",
    op,
    urn: `urn:pulumi:lab::p::a:b$aws:ec2/instance:Instance::${name}`,
    seconds,
  });

test("the slowest steps come first, by operation, type and name", () => {
  const lines = ["not json", step("web-1", 3), step("db-1", 9), step("old", 20, "same"), step("lb-1", 1)];
  expect(slowestSteps(eventsIn(lines), 2)).toEqual([
    { name: "create aws:ec2/instance:Instance db-1", seconds: 9 },
    { name: "create aws:ec2/instance:Instance web-1", seconds: 3 },
  ]);
});
