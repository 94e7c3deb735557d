import { drainingKeepsConnections as rule } from "../../../policies/rules/draining-keeps-connections";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

it("finds nothing where a target that leaves may finish", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable without a network load balancer, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:lb/loadBalancer:LoadBalancer", "pages", { loadBalancerType: "application" });
  expect(check(rule, site).notApplicable).toBe("the stack has no network load balancer");
});

it.each([
  [
    { targetHealthStates: undefined },
    "entrance-443 cuts the connections of a target that fails its checks, as one that drains does, want enableUnhealthyConnectionTermination: false in targetHealthStates",
  ],
  [
    { connectionTermination: true },
    "entrance-443 cuts the connections of a target that is deregistered (connectionTermination), want false",
  ],
  [
    { deregistrationDelay: 5 },
    "entrance-443 forgets a target 5 s after it was deregistered, want at least the 30 s of HAProxy's hard-stop-after; raise deregistrationDelay",
  ],
])("finds %j", (change, message) => {
  expect(messages(rule, goodSite().change("entrance-443", change))).toEqual([message]);
});

it("says what it does not know", () => {
  expect(messages(rule, goodSite().change("entrance-443", { deregistrationDelay: unknownValue }))).toEqual([
    "unknown: deregistrationDelay; without it nobody can tell what entrance-443 does to targets that leave",
  ]);
});
