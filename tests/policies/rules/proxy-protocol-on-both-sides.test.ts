import { proxyProtocolOnBothSides as rule } from "../../../policies/rules/proxy-protocol-on-both-sides";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const HAPROXY = "/etc/haproxy/haproxy.cfg";

it("finds nothing where both sides speak it, checks included", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable where nobody speaks it, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:ssm/association:Association", "other", {});
  expect(check(rule, site).notApplicable).toBe(
    "the stack has no network load balancer, and nobody speaks the PROXY protocol",
  );
});

it("finds a balancer that sends no header to those who wait for one", () => {
  const site = goodSite().change("entrance-443", { proxyProtocolV2: undefined });
  expect(messages(rule, site)[0]).toMatch(
    /^port 443 of lb-1 \(\/etc\/haproxy\/haproxy\.cfg:\d+\) waits for the PROXY protocol, which entrance-443 does not send with pages; set proxyProtocolV2$/,
  );
});

it.each([
  ["bind :443 accept-proxy", "bind :443", "with pages too, and port 443"],
  ["bind :8405 accept-proxy", "bind :8405", "with checks too, and port 8405"],
])("finds a listener that does not accept it: %s", (from, to, what) => {
  const [found] = messages(rule, goodSite().edit("lb-1", HAPROXY, from, to));
  expect(found.replace(/entrance-\d+/, "NLB").replace(/:\d+\)/, ")")).toBe(
    `NLB sends the PROXY protocol, ${what} of lb-1 (${HAPROXY}) does not accept it; add accept-proxy`,
  );
});

it("finds a web server that does not expect what HAProxy sends", () => {
  const sent = goodSite().edit("lb-1", HAPROXY, /(server web-1 \S+)/g, "$1 send-proxy-v2");
  expect(messages(rule, sent)[0]).toBe(
    "server web-1 of lb-1 sends the PROXY protocol to port 8443 of web-1, which does not accept it; remove send-proxy",
  );
  const awaited = goodSite().edit(
    "web-1",
    "/etc/nginx/nginx.conf",
    "listen 8443 ssl",
    "listen 8443 ssl proxy_protocol",
  );
  expect(messages(rule, awaited)[0]).toMatch(
    /^port 8443 of web-1 \(.*:\d+\) waits for the PROXY protocol, which server web-1 of lb-1 does not send; add send-proxy-v2$/,
  );
});

it("says what it does not know", () => {
  expect(messages(rule, goodSite().change("entrance-80", { proxyProtocolV2: unknownValue }))).toEqual([
    "unknown: proxyProtocolV2; without it nobody can tell whether entrance-80 sends the PROXY protocol",
  ]);
});
