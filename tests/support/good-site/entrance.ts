import type { Reference } from "./fixture";
import { SITE_NAME, type Ground } from "./plan";

/** The network load balancer in front of the HAProxy hosts, and the domain that points at it. */
export function addEntrance(ground: Ground, targets: Reference[]): void {
  const { stack, vpc, subnets, groups } = ground;
  const parent = stack.add("foobar:edge:Entrance", "entrance");
  const inside = { parent };
  const balancer = stack.add(
    "aws:lb/loadBalancer:LoadBalancer",
    "entrance-balancer",
    {
      loadBalancerType: "network",
      internal: false,
      ipAddressType: "ipv4",
      subnets: Object.values(subnets.public),
      securityGroups: [groups.balancer],
      // There may be fewer HAProxy hosts than zones, and an address in a zone without one would lead nowhere.
      enableCrossZoneLoadBalancing: true,
      enableDeletionProtection: true,
    },
    inside,
  );
  for (const port of [80, 443]) {
    const group = stack.add(
      "aws:lb/targetGroup:TargetGroup",
      `entrance-${port}`,
      {
        vpcId: vpc,
        port,
        protocol: "TCP",
        targetType: "instance",
        // The connection comes from the NLB, whose group the firewalls name; the client's address comes in the header.
        preserveClientIp: "false",
        proxyProtocolV2: true,
        deregistrationDelay: 30,
        connectionTermination: false,
        targetHealthStates: [{ enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: 30 }],
        // TLS and PROXY as clients have them; HAProxy answers by whether a web server is there.
        healthCheck: {
          enabled: true,
          protocol: "HTTPS",
          port: "443",
          path: "/balancer-readyz",
          matcher: "200",
          interval: 5,
          timeout: 3,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
      },
      inside,
    );
    stack.add(
      "aws:lb/listener:Listener",
      `entrance-${port}-listener`,
      {
        loadBalancerArn: balancer,
        port,
        protocol: "TCP",
        defaultActions: [{ type: "forward", targetGroupArn: group }],
      },
      inside,
    );
    for (const target of targets)
      stack.add(
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        `entrance-${port}-${target.name.replace(/-instance$/, "")}`,
        { targetGroupArn: group, targetId: target, port },
        inside,
      );
  }
  const zone = stack.add(
    "aws:route53/zone:Zone",
    "public-zone",
    { name: "foobar.com", comment: "The site" },
    inside,
  );
  for (const [role, name] of [
    ["site", SITE_NAME],
    ["apex", "foobar.com"],
  ])
    stack.add(
      "aws:route53/record:Record",
      `public-zone-${role}`,
      {
        zoneId: zone,
        name,
        type: "A",
        aliases: [{ name: balancer, zoneId: balancer, evaluateTargetHealth: true }],
      },
      inside,
    );
}
