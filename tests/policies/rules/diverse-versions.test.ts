import { diverseVersions as rule } from "../../../policies/rules/diverse-versions";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

it("finds nothing where no two hosts of a small tier share every version", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable where every tier has one host, and ignores everything else", () => {
  const site = goodSite({ loadBalancers: 1, webServers: 1, databases: 1 });
  site.add("aws:ec2/instance:Instance", "other", { ami: "ami-1" });
  expect(check(rule, site).notApplicable).toBe("no tier of this stack has more than one host");
  expect(check(rule, new Fixture()).notApplicable).toBe("no tier of this stack has more than one host");
});

it("finds two web servers of one image and one server, once for the tier", () => {
  const site = goodSite();
  site.change("web-2-instance", { ami: site.get("web-1-instance", "ami") });
  expect(check(rule, site).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::web-1-instance$/) as string,
      message:
        "web servers that share every version: web-1, web-2 (ami-0d13000000000000a, haproxy, nginx), want at most 1 of a kind; give them different images, servers or pinned versions",
      flaw: "identical-components",
    },
  ]);
});

it("tells hosts apart by pinned versions", () => {
  const site = goodSite();
  site.change("lb-2-instance", { ami: site.get("lb-1-instance", "ami") });
  expect(messages(rule, site)).toHaveLength(1);
  site.write(
    "lb-2",
    "/etc/apt/preferences.d/haproxy",
    "Package: haproxy\nPin: version 3.2.*\nPin-Priority: 900\n",
  );
  expect(messages(rule, site)).toEqual([]);
});

it("lets a third of many hosts be of a kind", () => {
  const site = goodSite({ webServers: 30 });
  expect(messages(rule, site)).toEqual([]);
  site.change("web-2-instance", { ami: site.get("web-1-instance", "ami") });
  expect(messages(rule, site)).toEqual([
    "web servers that share every version: web-1, web-2, web-4, web-7, web-10, web-13, web-16, web-19, web-22, web-25 and 1 more (ami-0d13000000000000a, haproxy, nginx), want at most 10 of a kind; give them different images, servers or pinned versions",
  ]);
  expect(messages(rule, site, { kinds: 2 })).toEqual([]);
});

it("says that nobody can know an image that is not known, where that decides", () => {
  const site = goodSite().change("lb-2-instance", { ami: unknownValue });
  expect(messages(rule, site)).toEqual([
    "unknown: ami; without it nobody can tell whether lb-2 shares every version with too many",
  ]);
  expect(messages(rule, goodSite().change("web-3-instance", { ami: unknownValue }))).toEqual([]);
});
