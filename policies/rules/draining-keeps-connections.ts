import { given } from "../site/given";
import { forwardings, networkLoadBalancers, type Forwarding } from "../traffic/network-load-balancers";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import { hardStopMs } from "../traffic/waits";

/** Seconds, when nothing is said (Elastic Load Balancing, "Deregistration delay"). */
const DEREGISTRATION_SEC = 300;

export const drainingKeepsConnections = rule({
  id: "draining-keeps-connections",
  title: "A network load balancer lets a target that leaves finish what it has",
  why: "A HAProxy that stops softly closes its listener and finishes its requests. To a network load balancer that is a failed check: by default it then cuts every connection of that target, those being finished included. The same happens when a target is deregistered with connection termination, or for less time than HAProxy takes.",
  sources: [
    {
      title: "Elastic Load Balancing: Edit target group attributes for your Network Load Balancer",
      url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html",
    },
  ],
  fix: "Set targetHealthStates with enableUnhealthyConnectionTermination false, leave connectionTermination off, and let deregistrationDelay be at least HAProxy's hard-stop-after.",
  severity: "medium",
  frameworks: [],
  examples: {
    language: "typescript",
    bad: "new aws.lb.TargetGroup('site', { port: 443, protocol: 'TCP' });\n",
    good: "new aws.lb.TargetGroup('site', {\n  port: 443,\n  protocol: 'TCP',\n  targetHealthStates: [{ enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: 60 }],\n});\n",
  },
  proof: "The lab replaces a load balancer under load, slow downloads among it: no transfer is cut.",
  check(site) {
    if (networkLoadBalancers(site).length === 0)
      return notApplicable("the stack has no network load balancer");
    return forwardings(site).flatMap(judge);
  },
});

function judge({ group, targets }: Forwarding): Finding[] {
  const states = given(group, "targetHealthStates");
  const cuts = Array.isArray(states)
    ? (states as { enableUnhealthyConnectionTermination?: unknown }[])[0]
        ?.enableUnhealthyConnectionTermination
    : states;
  const ends = given(group, "connectionTermination");
  const delay = group.get("deregistrationDelay");
  for (const value of [cuts, ends, delay])
    if (isUnknown(value)) return [unknown(group, value, `what ${group.name} does to targets that leave`)];
  const findings: Finding[] = [];
  if (cuts !== false)
    findings.push(
      violation(
        group,
        `${group.name} cuts the connections of a target that fails its checks, as one that drains does, want enableUnhealthyConnectionTermination: false in targetHealthStates`,
      ),
    );
  if (ends === true)
    findings.push(
      violation(
        group,
        `${group.name} cuts the connections of a target that is deregistered (connectionTermination), want false`,
      ),
    );
  const delaySec = delay === undefined ? DEREGISTRATION_SEC : Number(delay);
  // Without a limit HAProxy takes as long as its last connection, which nobody knows.
  const limits = targets.map(({ host: { haproxy } }) =>
    haproxy && !isUnknown(haproxy) ? hardStopMs(haproxy) / 1000 : 0,
  );
  const longest = Math.max(0, ...limits.filter((seconds) => seconds !== Infinity));
  if (delaySec < longest)
    findings.push(
      violation(
        group,
        `${group.name} forgets a target ${delaySec} s after it was deregistered, want at least the ${longest} s of HAProxy's hard-stop-after; raise deregistrationDelay`,
      ),
    );
  return findings;
}
