import { noSinglePointOfFailure as rule } from "../../../policies/rules/no-single-point-of-failure";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const HAPROXY = "/etc/haproxy/haproxy.cfg";
const MYSQL = "/etc/mysql/mysql.conf.d/zz-foobar.cnf";

/** The entrance's targets that are on a host. */
function withoutBalancer(site: ReturnType<typeof goodSite>, host: string) {
  return site.remove(`entrance-80-${host}`, `entrance-443-${host}`);
}

it("finds nothing in a site that has everything twice", () => {
  expect(check(rule, goodSite()).findings).toEqual([]);
});

it("finds nothing in a site with more of everything", () => {
  expect(check(rule, goodSite({ loadBalancers: 3, webServers: 7, databases: 5 })).findings).toEqual([]);
});

it("is not applicable where there are no hosts", () => {
  expect(check(rule, new Fixture()).notApplicable).toBe("the stack has no hosts");
});

it("finds the only load balancer, and both sides of the cut", () => {
  const site = withoutBalancer(goodSite(), "lb-2");
  expect(check(rule, site).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::lb-1-instance$/) as string,
      message:
        "without lb-1 clients get no page (cut: entrance-balancer | lb-1 | web-1, web-2, web-3); run another one in another zone",
      flaw: "one-load-balancer",
    },
  ]);
});

it("finds the only web server that the load balancers know", () => {
  const site = goodSite();
  for (const host of ["lb-1", "lb-2"]) site.edit(host, HAPROXY, /^ {4}server web-[23] .*\n/gm, "");
  expect(messages(rule, site)).toEqual([
    "without web-1 clients get no page (cut: lb-1, lb-2 | web-1 | db-1, db-2, db-3); run another one in another zone",
  ]);
});

it("finds databases that cannot spare one of them", () => {
  const site = goodSite().remove("db-3-instance", "db-3-record");
  expect(messages(rule, site).map((text) => text.replace(/ \(.*/, ""))).toEqual([
    "without db-1 the application cannot write",
    "without db-2 the application cannot write",
  ]);
});

it("finds a zone that holds a majority of the databases", () => {
  const site = goodSite();
  site.change("db-2-instance", { subnetId: site.ref("network-data-eu-west-1a") });
  expect(messages(rule, site)).toEqual([
    "without zone eu-west-1a the application cannot write: db-1, db-2, lb-1, web-1 stand in it; spread them over more zones",
  ]);
});

it("counts the zone of a single thing as its consequence", () => {
  const site = goodSite();
  for (const host of ["lb-1", "lb-2"]) site.edit(host, HAPROXY, /^ {4}server web-[23] .*\n/gm, "");
  expect(messages(rule, site).filter((text) => text.includes("without zone"))).toEqual([]);
});

it("finds a network load balancer whose only zone can be lost", () => {
  const site = goodSite();
  site.change("entrance-balancer", { subnets: [site.ref("network-public-eu-west-1a")] });
  expect(messages(rule, site)).toEqual([
    "without entrance-balancer in eu-west-1a clients get no page; run another one in another zone",
  ]);
});

it("knows that without cross-zone balancing a zone's address leads to that zone's targets only", () => {
  const site = goodSite();
  const subnets = ["b", "c"].map((zone) => site.ref(`network-public-eu-west-1${zone}`));
  expect(messages(rule, site.change("entrance-balancer", { subnets }))).toEqual([]);
  site.change("entrance-balancer", { enableCrossZoneLoadBalancing: false });
  expect(messages(rule, site).map((text) => text.replace(/;.*/, ""))).toEqual([
    "without entrance-balancer in eu-west-1b clients get no page",
    "without lb-2 clients get no page (cut: entrance-balancer | lb-2 | web-1, web-2, web-3)",
  ]);
});

it("finds the only way out of hosts that have to fetch their secrets", () => {
  const site = goodSite();
  for (const zone of ["eu-west-1b", "eu-west-1c"])
    site.change(`network-${zone}-default`, { natGatewayId: site.ref("network-nat-eu-west-1a") });
  expect(messages(rule, site)).toEqual([
    "without network-nat-eu-west-1a no host of some tier reaches anything outside, so none that starts gets its secrets and packages; give each zone a NAT gateway, or use a regional one",
  ]);
});

it("does not take a regional NAT gateway for one that a zone takes with it", () => {
  const site = goodSite();
  for (const zone of ["eu-west-1b", "eu-west-1c"])
    site.change(`network-${zone}-default`, { natGatewayId: site.ref("network-nat-eu-west-1a") });
  site.change("network-nat-eu-west-1a", { availabilityMode: "regional", subnetId: undefined });
  expect(messages(rule, site)).toEqual([]);
});

it("finds the only name server of load balancers that look their servers up", () => {
  const site = goodSite();
  for (const host of ["lb-1", "lb-2"])
    site.edit(host, HAPROXY, "nameserver vpc 169.254.169.253:53", "nameserver own web-2.foobar.internal:53");
  expect(messages(rule, site)).toEqual([
    "without web-2 clients get no page (cut: lb-1, lb-2 | web-2 | db-1, db-2, db-3); run another one in another zone",
  ]);
});

it("finds the only host of something that the application cannot do without", () => {
  const site = goodSite();
  for (const host of ["web-1", "web-2", "web-3"])
    site.edit(host, "/etc/foobar/app.env", /$/, "VAULT_HOST=db-2.foobar.internal\nVAULT_PORT=3306\n");
  expect(messages(rule, site).map((text) => text.replace(/ \(.*/, ""))).toEqual([
    "without db-2 clients get no page and the application cannot write",
  ]);
});

it("follows a request only where security groups let it through", () => {
  const site = goodSite();
  const rules = site.names.filter((name) => /^edge-web-8443|web.*8443/.test(name));
  expect(rules.length).toBeGreaterThan(0);
  site.remove(...rules);
  expect(messages(rule, site)).toEqual([
    expect.stringContaining("no security group lets lb-1 connect to web-1:8443"),
  ]);
});

it("says what is missing when there is no way at all", () => {
  const site = withoutBalancer(withoutBalancer(goodSite(), "lb-1"), "lb-2");
  expect(messages(rule, site)[0]).toMatch(/^clients get no page, even with nothing lost: /);
});

it("finds the primary of a pair, whose replica is not promoted by itself", () => {
  const site = goodSite();
  for (const host of ["db-1", "db-2", "db-3"])
    site.edit(host, MYSQL, /^(plugin_load_add = group_replication|loose_)?group_replication.*\n/gm, "");
  site.edit("db-1", MYSQL, "super_read_only = ON", "super_read_only = OFF");
  const found = check(rule, site).findings!;
  expect(found).toHaveLength(1);
  expect(found[0].message).toMatch(/^without db-1 the application cannot write /);
  expect(found[0].flaw).toBe("one-writable-database");
});

it("does not know what a load balancer with unknown user data does", () => {
  const site = goodSite().change("lb-2-instance", { userDataBase64: unknownValue });
  const found = check(rule, site).findings!;
  expect(found.map(({ kind }) => kind)).toEqual(["unknown"]);
  expect(found[0].message).toBe(
    "unknown: lb-2-instance: userDataBase64; without it nobody can tell whether clients get no page without lb-1",
  );
});

it("does not know the zone of a host whose subnet's zone is not known", () => {
  const site = goodSite().change("network-data-eu-west-1a", { availabilityZone: unknownValue });
  expect(check(rule, site).findings!.map(({ kind }) => kind)).toContain("unknown");
});

it("looks at nothing that is on nobody's way", () => {
  const site = goodSite();
  site.add("aws:ec2/instance:Instance", "builder-instance", { subnetId: site.ref("network-web-eu-west-1a") });
  expect(messages(rule, site)).toEqual([]);
});
