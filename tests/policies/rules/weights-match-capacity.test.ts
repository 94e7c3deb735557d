import { weightsMatchCapacity as rule } from "../../../policies/rules/weights-match-capacity";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const HAPROXY = "/etc/haproxy/haproxy.cfg";

it("finds nothing where weights follow from the hosts' sizes", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable where nobody sends pages on, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:ssm/association:Association", "other", {});
  expect(check(rule, site).notApplicable).toBe("no load balancer of this stack sends pages to web servers");
});

it("finds a host that grew without its weight", () => {
  const site = goodSite().change("web-1-instance", { instanceType: "m7i.4xlarge" });
  const found = messages(rule, site);
  expect(found).toContainEqual(
    expect.stringMatching(
      /^backend web of lb-1 gives web-1 \d+ % of the requests \(weight \d+\), want \d+ %, its share of the capacity; set weight 256 where the largest has 256$/,
    ),
  );
});

it("finds a server that gets nothing, and one balancer's backend that differs", () => {
  const site = goodSite().edit("lb-2", HAPROXY, /(server web-1 \S+ weight) \d+/g, "$1 0");
  expect(messages(rule, site).filter((one) => one.includes("gives web-1 0 %"))).toEqual([
    expect.stringMatching(/^backend web of lb-2 /),
    expect.stringMatching(/^backend web_writes of lb-2 /),
  ]);
});

it("tolerates as much as it is told to", () => {
  const site = goodSite().edit("lb-1", HAPROXY, /(server web-1 \S+ weight) \d+/g, "$1 0");
  expect(messages(rule, site, { maxDeviationPercent: 100 })).toEqual([]);
});

it("names only the server whose weight is wrong", () => {
  const site = goodSite().edit("lb-1", HAPROXY, /(server web-1 \S+ weight) 128/g, "$1 200");
  expect(messages(rule, site)).toEqual(
    ["web", "web_writes"].map(
      (backend) =>
        `backend ${backend} of lb-1 gives web-1 34 % of the requests (weight 200), want 25 %, its share of the capacity; set weight 128 where the largest has 256`,
    ),
  );
});

it("finds an algorithm that ignores weights", () => {
  expect(messages(rule, goodSite().edit("lb-1", HAPROXY, "balance roundrobin", "balance first"))).toEqual([
    "backend web of lb-1 has balance first, which ignores weights, want roundrobin; change it",
    "backend web_writes of lb-1 has balance first, which ignores weights, want roundrobin; change it",
  ]);
});

it("says which instance type it does not know", () => {
  const { findings } = check(rule, goodSite().change("web-1-instance", { instanceType: "z9.huge" }));
  expect(findings![0]).toEqual({
    kind: "unknown",
    urn: expect.stringMatching(/::web-1-instance$/) as string,
    message:
      "unknown: what instance type z9.huge of web-1 has, since policies/data/instance-types.json lacks it; without it nobody can tell which weight web-1 should have in backend web of lb-1",
  });
  expect(messages(rule, goodSite().change("web-1-instance", { instanceType: unknownValue }))[0]).toMatch(
    /^unknown: instanceType; /,
  );
});
