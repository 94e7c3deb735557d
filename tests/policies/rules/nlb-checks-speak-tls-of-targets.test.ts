import { nlbChecksSpeakTlsOfTargets as rule } from "../../../policies/rules/nlb-checks-speak-tls-of-targets";
import { check, Fixture, goodSite, messages } from "../../support/policies";

const HAPROXY = "/etc/haproxy/haproxy.cfg";
const https = { protocol: "HTTPS", port: "443", path: "/healthz", matcher: "200" };

it("finds nothing where checks have a plain port of their own, or speak TLS 1.2 with one that takes it", () => {
  expect(messages(rule, goodSite())).toEqual([]);
  expect(messages(rule, goodSite().change("entrance-443", { healthCheck: https }))).toEqual([]);
});

it("is not applicable without a network load balancer, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:lb/loadBalancer:LoadBalancer", "pages", { loadBalancerType: "application" });
  expect(check(rule, site).notApplicable).toBe("the stack has no network load balancer");
});

it("finds HTTPS checks of targets that take TLS 1.3 only", () => {
  const site = goodSite()
    .change("entrance-443", { healthCheck: https })
    .edit("lb-2", HAPROXY, "bind :443 accept-proxy ssl", "bind :443 accept-proxy ssl ssl-min-ver TLSv1.3");
  expect(messages(rule, site)).toEqual([
    expect.stringMatching(
      /^entrance-443 checks port 443 of lb-2 with HTTPS, which takes TLS 1\.3 only \(\/etc\/haproxy\/haproxy\.cfg:\d+\), and its checks speak nothing newer than TLS 1\.2; want an HTTP check on a port of its own$/,
    ),
  ]);
});

it.each([
  [{ ...https, protocol: "HTTP" }, "with HTTP, which takes TLS only, want a port without TLS for checks"],
  [{ ...https, port: "8405" }, "with HTTPS, which takes no TLS, want an HTTP check"],
  [{ ...https, port: "9999" }, "with HTTPS, where HAProxy does not listen, want a port that it listens on"],
])("finds a check that nobody answers: %j", (healthCheck, message) => {
  const site = goodSite().change("entrance-443", { healthCheck });
  expect(messages(rule, site)).toEqual(
    ["lb-1", "lb-2"].map((host) => `entrance-443 checks port ${healthCheck.port} of ${host} ${message}`),
  );
});

it("says what it does not know", () => {
  const good = goodSite();
  const site = good.change("entrance-443", {
    healthCheck: { ...https, protocol: good.ref("network-vpc") },
  });
  expect(messages(rule, site)).toEqual([
    "unknown: healthCheck.protocol; without it nobody can tell how entrance-443 checks its targets",
  ]);
});
