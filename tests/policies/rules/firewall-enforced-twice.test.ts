import { firewallEnforcedTwice } from "../../../policies/rules/firewall-enforced-twice";
import { check, Fixture, goodSite, messages, unknownValue, UserData } from "../../support/policies";

/** Made once: what is copied keeps its compressed user data. */
const GOOD = goodSite();
const found = (site: Fixture) => messages(firewallEnforcedTwice, site);
const NFTABLES = "/etc/nftables.conf";
const edited = (from: string | RegExp, to: string) => found(GOOD.copy().edit("web-1", NFTABLES, from, to));

test("is content when host and cloud say the same", () => {
  expect(check(firewallEnforcedTwice, GOOD.copy())).toEqual({ findings: [] });
});

test("finds a host that leaves it to the cloud, and which flaw that is", () => {
  expect(check(firewallEnforcedTwice, GOOD.copy().drop("web-1", NFTABLES)).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::web-1-instance$/) as string,
      flaw: "single-firewalls",
      message:
        "web-1 has no firewall of its own, so the cloud's is the only one; write /etc/nftables.conf in its user data",
    },
  ]);
});

test.each(["input", "output"])("finds a hook %s that accepts what no rule names", (hook) => {
  const way = hook === "input" ? "in" : "out";
  expect(edited(new RegExp(`(hook ${hook} priority filter; policy) drop`), "$1 accept")).toEqual([
    `web-1: nftables does not drop what it has no rule for on the way ${way}, want policy drop in a chain of hook ${hook}`,
  ]);
});

test("finds a firewall that is written and never loaded", () => {
  const { hostname, fqdn, files } = GOOD.get("web-1-instance", "userDataBase64") as UserData;
  const loading = (...commands: string[][]) =>
    found(
      GOOD.copy().change("web-1-instance", { userDataBase64: new UserData(hostname, fqdn, files, commands) }),
    );
  expect(loading(["systemctl", "start", "foobar-boot.service"])).toEqual([
    "web-1: nothing in its user data loads /etc/nftables.conf; add the command systemctl enable --now nftables.service",
  ]);
  expect(loading(["nft", "-f", "/etc/nftables.conf"])).toEqual([]);
});

test("finds a table that filters one version of IP only", () => {
  expect(edited("table inet host", "table ip host")).toEqual([
    expect.stringContaining("hook input"),
    expect.stringContaining("hook output"),
  ]);
});

test("finds a port that the host lets in and the group does not, and the reverse", () => {
  expect(edited("tcp dport 8443 accept", "tcp dport { 8443, 9999 } accept")).toEqual([
    "web-1: nftables lets tcp port 9999 in and the security group does not; remove it or add it there",
  ]);
  expect(edited(/ .*tcp dport 8443 accept.*\n/, "\n")).toEqual([
    "web-1: the security group lets tcp port 8443 in and nftables does not; add it or remove it there",
  ]);
});

test("finds a rule that lets every port in", () => {
  expect(edited("iif lo accept", "accept")).toEqual([
    "web-1: nftables lets every port in, want only those of the security group; name the ports",
  ]);
});

test("compares the ways out, too", () => {
  expect(edited(/tcp dport 443 accept/, "tcp dport { 443, 25 } accept")).toEqual([
    "web-1: nftables lets tcp port 25 out and the security group does not; remove it or add it there",
  ]);
  expect(found(GOOD.copy().remove("web-data-9200-out"))).toEqual(
    ["web-1", "web-2", "web-3"].map(
      (name) =>
        `${name}: nftables lets tcp port 9200 out and the security group does not; remove it or add it there`,
    ),
  );
});

test("finds a port that the host opens to everybody and the group to some", () => {
  expect(edited(/ip saddr \S+ (tcp dport 8443 accept)/, "$1")).toEqual([
    "web-1: nftables lets tcp port 8443 in from anywhere and the security group only from some; add ip saddr to the rule",
  ]);
});

test("leaves a group that opens everything to the rule about that", () => {
  const site = GOOD.copy();
  site.add("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "anywhere", {
    ...{ securityGroupId: site.ref("web-group"), ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" },
  });
  expect(found(site)).toEqual([]);
});

test("says what nobody can know: an unreadable firewall, unknown user data, an unknown port", () => {
  expect(found(GOOD.copy().write("web-1", NFTABLES, "table inet {"))).toEqual([
    expect.stringMatching(
      /^unknown: .*nftables.conf.*; without it nobody can tell what web-1's own firewall lets through$/,
    ),
  ]);
  expect(found(GOOD.copy().change("web-1-instance", { userDataBase64: unknownValue }))).toEqual([
    "unknown: userDataBase64; without it nobody can tell what web-1-instance's own firewall lets through",
  ]);
  expect(found(goodSite({ webServers: 1 }).change("edge-web-8443-in", { toPort: unknownValue }))).toEqual([
    "unknown: toPort; without it nobody can tell whether web-1's two firewalls say the same",
  ]);
});

test("is not applicable without hosts", () => {
  const site = new Fixture();
  site.add("aws:ec2/securityGroup:SecurityGroup", "group");
  expect(check(firewallEnforcedTwice, site)).toEqual({ notApplicable: "the stack has no host" });
});
