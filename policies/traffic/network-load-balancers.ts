import { given } from "../site/given";
import { INSTANCE, type Host } from "../site/host";
import { isUnknown, Unknown, type Resource } from "../site/resources";
import type { Site } from "../site/site";

export const LISTENER = "aws:lb/listener:Listener";
export const TARGET_GROUP = "aws:lb/targetGroup:TargetGroup";
export const ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment";
const LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer";

/** A host that a target group sends connections to. */
export interface Target {
  attachment: Resource;
  host: Host;
  port: number | Unknown;
}

/** One listener of a network load balancer, and where its connections go. */
export interface Forwarding {
  balancer: Resource;
  listener: Resource;
  group: Resource;
  targets: Target[];
}

/** Every way through the stack's network load balancers. One whose type is unknown may be one. */
export function forwardings(site: Site): Forwarding[] {
  const hosts = new Map(site.hosts.map((host) => [host.resource, host]));
  const targets = new Map<Resource, Target[]>();
  for (const attachment of site.ofType(ATTACHMENT))
    for (const group of attachment.refs("targetGroupArn", TARGET_GROUP))
      for (const instance of attachment.refs("targetId", INSTANCE)) {
        const host = hosts.get(instance);
        if (!host) continue;
        const port = portOf(attachment, group);
        targets.set(group, [...(targets.get(group) ?? []), { attachment, host, port }]);
      }
  return site.ofType(LISTENER).flatMap((listener) =>
    listener
      .refs("loadBalancerArn", LOAD_BALANCER)
      .filter(isNetwork)
      .flatMap((balancer) =>
        listener.refs("defaultActions", TARGET_GROUP).map((group) => ({
          ...{ balancer, listener, group },
          targets: targets.get(group) ?? [],
        })),
      ),
  );
}

/** The network load balancers of the stack. `application` is the type's default. */
export function networkLoadBalancers(site: Site): Resource[] {
  return site.ofType(LOAD_BALANCER).filter(isNetwork);
}

function isNetwork(balancer: Resource): boolean {
  const type = balancer.get("loadBalancerType");
  return isUnknown(type) || type === "network";
}

/** The attachment's port goes before the group's. */
function portOf(attachment: Resource, group: Resource): number | Unknown {
  const port = attachment.get("port") ?? group.get("port");
  return isUnknown(port) ? port : Number(port);
}

/** How a target group asks its targets whether they are well, with the defaults of Elastic Load Balancing's API. */
export interface HealthCheck {
  protocol: string | Unknown;
  /** For one target: `traffic-port` is its own. */
  port(target: Target): number | Unknown;
  path: unknown;
  matcher: unknown;
}

export function healthCheckOf(group: Resource): HealthCheck {
  const protocol = given(group, "healthCheck", "protocol");
  const port = given(group, "healthCheck", "port");
  return {
    protocol: isUnknown(protocol) ? protocol : ((protocol as string | undefined) ?? "TCP").toUpperCase(),
    port(target) {
      if (isUnknown(port)) return port;
      return port === undefined || port === "traffic-port" ? target.port : Number(port);
    },
    path: given(group, "healthCheck", "path"),
    matcher: given(group, "healthCheck", "matcher"),
  };
}
