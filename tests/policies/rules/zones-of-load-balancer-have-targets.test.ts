import { zonesOfLoadBalancerHaveTargets as rule } from "../../../policies/rules/zones-of-load-balancer-have-targets";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

it("finds nothing where every zone reaches a target, across zones or within", () => {
  expect(messages(rule, goodSite())).toEqual([]);
  const within = goodSite({ loadBalancers: 3 }).change("entrance-balancer", {
    enableCrossZoneLoadBalancing: false,
  });
  expect(messages(rule, within)).toEqual([]);
});

it("is not applicable without a network load balancer, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:lb/loadBalancer:LoadBalancer", "pages", { loadBalancerType: "application" });
  expect(check(rule, site).notApplicable).toBe("the stack has no network load balancer");
});

it("finds an empty zone with cross-zone load balancing off, which is the default", () => {
  const wanted = [80, 443].map(
    (port) =>
      `entrance-balancer port ${port} stands in eu-west-1c, where it has no target, and cross-zone load balancing is off; attach a target there, or leave the zone`,
  );
  const off = goodSite().change("entrance-balancer", { enableCrossZoneLoadBalancing: undefined });
  expect(messages(rule, off)).toEqual(wanted);
  const own = goodSite().change("entrance-443", { loadBalancingCrossZoneEnabled: "false" });
  expect(messages(rule, own)).toEqual(wanted.slice(1));
});

it("says what it does not know", () => {
  const site = goodSite().change("entrance-balancer", { enableCrossZoneLoadBalancing: unknownValue });
  expect(messages(rule, site)[0]).toBe(
    "unknown: enableCrossZoneLoadBalancing; without it nobody can tell which targets entrance-balancer port 80 uses",
  );
});
