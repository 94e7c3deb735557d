import { given } from "../site/given";
import { forwardings, networkLoadBalancers, type Forwarding } from "../traffic/network-load-balancers";
import { isUnknown, type Resource, type Unknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";

const SUBNET = "aws:ec2/subnet:Subnet";

export const zonesOfLoadBalancerHaveTargets = rule({
  id: "zones-of-load-balancer-have-targets",
  title: "Every zone that a network load balancer stands in has a target that its node may use",
  why: "A network load balancer has an address in each of its zones, and without cross-zone balancing, which is off by default, the node there knows the targets of its own zone only. A zone without a target is an address that answers nobody: clients that got it from DNS fail, and the others never notice.",
  sources: [
    {
      title: "Elastic Load Balancing: Cross-zone load balancing for target groups",
      url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#target-group-cross-zone",
    },
  ],
  fix: "Register a target in each zone of the balancer, take the zone's subnet from it, or turn cross-zone balancing on.",
  severity: "high",
  frameworks: [{ name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "REL10-BP01" }],
  examples: {
    language: "typescript",
    bad: "// Targets in zones a and b only.\nnew aws.lb.LoadBalancer('site', { loadBalancerType: 'network', subnets: [a.id, b.id, c.id] });\n",
    good: "// Targets in zones a and b only.\nnew aws.lb.LoadBalancer('site', { loadBalancerType: 'network', subnets: [a.id, b.id] });\n",
  },
  proof: "The lab asks the balancer's address in each zone, one by one, and each answers with a page.",
  check(site) {
    if (networkLoadBalancers(site).length === 0)
      return notApplicable("the stack has no network load balancer");
    return forwardings(site).flatMap(judge);
  },
});

function judge({ balancer, listener, group, targets }: Forwarding): Finding[] {
  const crossZone = crossZoneOf(balancer, group);
  const where = `${balancer.name} port ${String(listener.get("port"))}`;
  if (isUnknown(crossZone)) return [unknown(balancer, crossZone, `which targets ${where} uses`)];
  if (crossZone)
    return targets.length > 0 ? [] : [violation(group, `${where} has no target at all, want one; attach it`)];
  const zones = targets.map(({ host }) => host.zone);
  const hidden = zones.find(isUnknown);
  if (hidden) return [unknown(group, hidden, `which zones ${where} has targets in`)];
  const subnets = [...balancer.refs("subnets", SUBNET), ...balancer.refs("subnetMappings", SUBNET)];
  return subnets.flatMap((subnet) => {
    const zone = subnet.get("availabilityZone");
    if (isUnknown(zone)) return [unknown(subnet, zone, `which zones ${where} stands in`)];
    if (typeof zone === "string" && zones.includes(zone)) return [];
    return [
      violation(
        balancer,
        `${where} stands in ${String(zone)}, where it has no target, and cross-zone load balancing is off; attach a target there, or leave the zone`,
      ),
    ];
  });
}

/** The target group's word goes before the balancer's, whose default is off. */
function crossZoneOf(balancer: Resource, group: Resource): boolean | Unknown {
  const own = given(group, "loadBalancingCrossZoneEnabled");
  if (isUnknown(own)) return own;
  if (own !== undefined && own !== "use_load_balancer_configuration") return own === true || own === "true";
  const shared = balancer.get("enableCrossZoneLoadBalancing");
  return isUnknown(shared) ? shared : shared === true;
}
