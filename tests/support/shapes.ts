import type { PortShape } from "../../components/render";

/** Who listens where in both shapes, and while one becomes the other. */
export const SHAPES: Record<"baseline" | "hardened" | "between", PortShape> = {
  baseline: { entrance: "elastic-ip", balancers: 1, transports: ["plain"], servers: ["nginx"] },
  hardened: {
    entrance: "network-load-balancer",
    balancers: 2,
    transports: ["mutual-tls"],
    servers: ["nginx", "apache"],
  },
  between: {
    entrance: "network-load-balancer",
    balancers: 2,
    transports: ["mutual-tls", "plain"],
    servers: ["nginx"],
  },
};
