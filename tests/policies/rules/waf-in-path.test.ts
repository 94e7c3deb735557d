import { wafInPath as rule } from "../../../policies/rules/waf-in-path";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const NGINX = "/etc/nginx/nginx.conf";
const APACHE = "/etc/apache2/apache2.conf";
const RULES = "/etc/foobar/waf.conf";
const detecting = (host: string) =>
  `${host}: the web application firewall on port 8443 only detects, want it to block; set "SecRuleEngine On"`;
const nothing = (host: string) =>
  `${host}: nothing inspects requests to port 8443, want ModSecurity with the OWASP Core Rule Set; load both and set "SecRuleEngine On"`;

it("finds nothing where nginx and Apache block what the Core Rule Set finds", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable where nobody answers pages, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:wafv2/webAcl:WebAcl", "unused", { scope: "REGIONAL" });
  expect(check(rule, site).notApplicable).toBe("no web server of this stack answers pages");
});

it("finds a web server without one", () => {
  const site = goodSite().edit("web-1", NGINX, "modsecurity on;", "modsecurity off;");
  expect(check(rule, site).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::web-1-instance$/) as string,
      message: nothing("web-1"),
      flaw: "no-waf",
    },
  ]);
});

it("finds Apache without its rules", () => {
  expect(messages(rule, goodSite().edit("web-3", APACHE, `Include ${RULES}\n`, ""))).toEqual([
    nothing("web-3"),
  ]);
});

it("finds those that only detect", () => {
  const site = goodSite();
  for (const host of ["web-2", "web-3"])
    site.edit(host, RULES, "SecRuleEngine On", "SecRuleEngine DetectionOnly");
  expect(messages(rule, site)).toEqual([detecting("web-2"), detecting("web-3")]);
});

it("says what nobody can know", () => {
  const site = goodSite().change("web-1-instance", { userDataBase64: unknownValue });
  expect(messages(rule, site)).toEqual([
    "unknown: userDataBase64; without it nobody can tell whether web-1-instance has a web application firewall",
  ]);
});
