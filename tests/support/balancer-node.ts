import type { BalancerCheck, BalancerNode } from "../../lab/machine/balancer";

/** A node of a network load balancer with one target, as the site's entrance makes it. */
export function balancerNode(check: Partial<BalancerCheck> = {}): BalancerNode {
  return {
    eniId: "eni-1",
    listeners: [{ port: 443, groupId: "0123" }],
    groups: [
      {
        id: "0123",
        idleSec: 350,
        proxyProtocol: true,
        cutUnhealthy: false,
        cutForgotten: false,
        check: {
          ...{ protocol: "HTTP", path: "/healthz", matcher: "200" },
          ...{ intervalSec: 5, timeoutSec: 3, healthy: 2, unhealthy: 2 },
          ...check,
        },
        targets: [{ name: "i-1-443", address: "10.0.16.4", port: 443, checkPort: 8405, draining: false }],
      },
    ],
  };
}
