/** One node of a network load balancer as plain JSON: what it does in the namespace of its interface. */
export interface BalancerNode {
  /** Its interface, which gives it a namespace, an address, a firewall and a folder. */
  eniId: string;
  listeners: { port: number; groupId: string }[];
  groups: BalancerGroup[];
}

/** Targets that share connections, and how they are checked. */
export interface BalancerGroup {
  /** In letters that HAProxy takes in names. */
  id: string;
  /** Seconds without a byte in either direction after which a connection is forgotten. */
  idleSec: number;
  /** Whether a PROXY header, version 2, comes before the client's bytes (and before a check). */
  proxyProtocol: boolean;
  /** Whether a target that turns unhealthy loses its connections. */
  cutUnhealthy: boolean;
  /** Whether a target that is no longer wanted loses what connections it still has. */
  cutForgotten: boolean;
  check: BalancerCheck;
  targets: BalancerTarget[];
}

/** How a group asks its targets whether they are well. */
export interface BalancerCheck {
  protocol: "HTTP" | "HTTPS" | "TCP";
  path: string;
  /** Status codes such as `200` or `200-299,301`. */
  matcher: string;
  intervalSec: number;
  timeoutSec: number;
  healthy: number;
  unhealthy: number;
}

/** A host that takes connections. */
export interface BalancerTarget {
  /** Unlike any other of the group. */
  name: string;
  address: string;
  port: number;
  checkPort: number;
  /** It keeps its connections and gets no new one. */
  draining: boolean;
}
