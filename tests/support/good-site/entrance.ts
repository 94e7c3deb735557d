import type { Reference } from "./fixture";
import { CHECK_PORT, SITE_NAME, type Ground } from "./plan";

/** The network load balancer in front of the HAProxy hosts, and the domain that points at it. */
export function addEntrance(ground: Ground, records: Reference[]): void {
  const { stack, plan, vpc, subnets, groups } = ground;
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
  const targets = [80, 443].map((port) => {
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
        targetHealthStates: [{ enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: 60 }],
        // With a PROXY header, too. HAProxy answers by whether a web server is there.
        healthCheck: {
          enabled: true,
          protocol: "HTTP",
          port: String(CHECK_PORT),
          path: "/healthz",
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
    return { port, group };
  });
  // Traffic moves one host at a time, each to a host that has its name already.
  let last = records;
  for (const { name } of plan.loadBalancers)
    for (const { port, group } of targets)
      last = [
        stack.add(
          "aws:lb/targetGroupAttachment:TargetGroupAttachment",
          `entrance-${port}-${name}`,
          { targetGroupArn: group, targetId: stack.ref(`${name}-instance`), port },
          { parent, dependsOn: [stack.ref(`${name}-record`), ...last] },
        ),
      ];
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
