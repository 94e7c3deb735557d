import { loadBalancerSecrets, transportOf, webServerSecrets } from "../../components/render";

test("web servers speak what load balancers need", () => {
  expect(["terminate", "end-to-end", "passthrough"].map((tls) => transportOf(tls as "terminate"))).toEqual([
    "plain",
    "mutual-tls",
    "site-tls",
  ]);
});

test("a load balancer holds the site's key only where clients' TLS ends at it", () => {
  const secrets = (tls: "terminate" | "end-to-end" | "passthrough", balancers: string[]) =>
    loadBalancerSecrets({ name: "lb-1", tls, balancers });
  expect(secrets("terminate", ["lb-1"])).toEqual(["tls/site"]);
  expect(secrets("terminate", ["lb-1", "lb-2"])).toEqual(["tls/site", "tls/ca", "tls/lb-1"]);
  expect(secrets("end-to-end", ["lb-1"])).toEqual(["tls/site", "tls/ca", "tls/lb-1"]);
  expect(secrets("passthrough", ["lb-1"])).toEqual(["tls/ca"]);
  expect(secrets("passthrough", ["lb-1", "lb-2"])).toEqual(["tls/ca", "tls/lb-1"]);
});

test("a web server holds its own key for load balancers, and the site's only where clients' TLS ends at it", () => {
  const secrets = (...transports: ("plain" | "mutual-tls" | "site-tls")[]) =>
    webServerSecrets({ name: "web-1", transports }).slice(2);
  expect(secrets("plain")).toEqual([]);
  expect(secrets("plain", "mutual-tls")).toEqual(["tls/web-1"]);
  expect(secrets("site-tls")).toEqual(["tls/site"]);
});
