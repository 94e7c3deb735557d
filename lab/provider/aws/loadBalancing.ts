/** Network load balancers: nodes, target groups, listeners and the targets of a group. */
import type { ResourceType } from "../resource";
import { count, flag, list, object, text, type Failure, type Rule } from "../rules";
import { hasUnknown, isObject, isUnknown, type Properties } from "../values";
import { address, docs, idOf, tags } from "./common";

/** ARN of a thing of Elastic Load Balancing. */
const arnOf = (thing: string, options: { required?: boolean; replaces?: boolean } = {}): Rule =>
  text({
    ...options,
    pattern: new RegExp(`^arn:aws:elasticloadbalancing:[a-z0-9-]+:\\d{12}:${thing}/`),
    want: `an ARN of Elastic Load Balancing's ${thing}`,
  });

const name = (link: string): Rule =>
  text({
    replaces: true,
    max: 32,
    pattern: /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/,
    want: "letters, digits and hyphens that neither begin nor end with a hyphen",
    link,
    check: (value) =>
      value.startsWith("internal-")
        ? `want a name that does not begin with internal-, got ${value}; see ${link}`
        : undefined,
  });
// made-up characters take the other 26
const namePrefix = (link: string): Rule => text({ replaces: true, max: 6, link });

/** One of the values that AWS takes; of those the lab has only some. */
const supported = (
  has: readonly string[],
  others: readonly string[],
  what: string,
  options: { required?: boolean; replaces?: boolean; default?: string; link: string },
): Rule =>
  text({
    ...options,
    oneOf: [...has, ...others],
    check: (value) =>
      has.includes(value)
        ? undefined
        : `want ${has.join(" or ")}, got ${value}; ${what}: change it or teach it to lab/provider`,
  });

const loadBalancer: ResourceType = {
  token: "aws:lb/loadBalancer:LoadBalancer",
  inputs: {
    name: name(docs.loadBalancer),
    namePrefix: namePrefix(docs.loadBalancer),
    loadBalancerType: supported(
      ["network"],
      ["application", "gateway"],
      "the lab has network load balancers",
      {
        default: "application",
        replaces: true,
        link: docs.loadBalancer,
      },
    ),
    internal: flag({ replaces: true }),
    ipAddressType: supported(["ipv4"], ["dualstack"], "the lab's network is IPv4", {
      link: docs.loadBalancer,
    }),
    subnets: list(idOf("subnet", {}), { unordered: true }),
    subnetMappings: list(
      object({
        subnetId: idOf("subnet", { required: true }),
        allocationId: idOf("eipalloc"),
        privateIpv4Address: address(),
      }),
      { unordered: true, replaces: true },
    ),
    securityGroups: list(idOf("sg"), {
      unordered: true,
      check: (value: unknown[]) =>
        value.length > 5
          ? `want at most 5, got ${value.length}; see https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html`
          : undefined,
    }),
    // a node serves its own zone's targets only, unless this is on
    enableCrossZoneLoadBalancing: flag({ default: false }),
    enableDeletionProtection: flag({ default: false }),
    enableZonalShift: flag({ default: false }),
    tags,
  },
  autoname: { property: "name", limit: 32 },
  computed: [
    "arn",
    "arnSuffix",
    "dnsName",
    "zoneId",
    "vpcId",
    "internal",
    "ipAddressType",
    "securityGroups",
    "subnets",
    "subnetMappings",
  ],
  known: (_inputs, { region }) => ({ region }),
  check: ({ subnets, subnetMappings }) =>
    (subnets === undefined) === (subnetMappings === undefined) ||
    (Array.isArray(subnets) && subnets.length === 0)
      ? [
          {
            property: "subnets",
            reason: `subnets: want a subnet of each zone in subnets or in subnetMappings, got ${subnetMappings === undefined ? "neither" : "both"}; see ${docs.loadBalancer}`,
          },
        ]
      : [],
  replaces: (olds, news) => {
    const changed: string[] = [];
    const [before, after] = [olds.subnets, news.subnets];
    if (Array.isArray(before) && Array.isArray(after) && before.some((id) => !after.includes(id)))
      changed.push("subnets");
    // groups are given at creation or never
    const groups = ({ securityGroups }: Properties): boolean =>
      Array.isArray(securityGroups) && securityGroups.length > 0;
    if (groups(olds) !== groups(news)) changed.push("securityGroups");
    return changed;
  },
};

/** Seconds that a check waits for an answer when the program does not say. */
const checkTimeoutSec: Record<string, number> = { HTTP: 6, HTTPS: 10, TCP: 10 };

const healthCheck: Rule = object({
  enabled: flag({ default: true }),
  protocol: text({ oneOf: ["HTTP", "HTTPS", "TCP"], default: "HTTP", link: docs.targetHealth }),
  port: text({
    default: "traffic-port",
    link: docs.targetHealth,
    check: (value) =>
      value === "traffic-port" || (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 65535)
        ? undefined
        : `want traffic-port or a port from 1 to 65535, got ${value}; see ${docs.targetHealth}`,
  }),
  path: text({
    max: 1024,
    pattern: /^\/|^$/,
    want: "a path that begins with /",
    link: docs.targetHealth,
  }),
  matcher: text({
    link: docs.targetHealth,
    check: (value) =>
      value.split(",").every((part) => /^[2-5]\d\d(-[2-5]\d\d)?$/.test(part))
        ? undefined
        : `want status codes from 200 to 599 such as 200,202 or 200-299, got ${value}; see ${docs.targetHealth}`,
  }),
  interval: count({ min: 5, max: 300, default: 30, link: docs.targetHealth }),
  timeout: count({ min: 2, max: 120, link: docs.targetHealth }),
  healthyThreshold: count({ min: 2, max: 10, default: 3, link: docs.targetHealth }),
  unhealthyThreshold: count({ min: 2, max: 10, default: 3, link: docs.targetHealth }),
});

function healthCheckProblems({ healthCheck: given }: Properties): Failure[] {
  if (!isObject(given) || hasUnknown(given)) return [];
  const { protocol, interval, path, matcher } = given;
  const timeout = given.timeout ?? checkTimeoutSec[String(protocol)];
  const failures: Failure[] = [];
  if (given.enabled === false)
    failures.push({
      property: "healthCheck",
      reason: `healthCheck.enabled: want true, got false; checks of instances cannot be switched off; see ${docs.targetGroup}`,
    });
  if (typeof timeout === "number" && typeof interval === "number" && timeout >= interval)
    failures.push({
      property: "healthCheck",
      reason: `healthCheck.timeout: want less than the interval of ${interval} s, got ${timeout}${given.timeout === undefined ? `, which ${String(protocol)} checks have by default` : ""}; set a shorter one; see ${docs.targetHealth}`,
    });
  for (const [key, value] of Object.entries({ path, matcher }))
    if (protocol === "TCP" && value !== undefined && value !== "")
      failures.push({
        property: "healthCheck",
        reason: `healthCheck.${key}: want none with protocol TCP, got ${JSON.stringify(value)}; leave it out; see ${docs.targetHealth}`,
      });
  return failures;
}

function targetGroupProblems(inputs: Properties): Failure[] {
  const { preserveClientIp, targetHealthStates } = inputs;
  const failures = healthCheckProblems(inputs);
  if (!isUnknown(preserveClientIp) && preserveClientIp !== "false")
    failures.push({
      property: "preserveClientIp",
      reason: `preserveClientIp: want "false", got ${preserveClientIp === undefined ? 'none, which is "true" for instances' : JSON.stringify(preserveClientIp)}; the lab's nodes connect under their own address: set it, and proxyProtocolV2 to learn the client's; see ${docs.targetGroupAttributes}`,
    });
  const states = Array.isArray(targetHealthStates) ? targetHealthStates.filter(isObject) : [];
  for (const { enableUnhealthyConnectionTermination: cuts, unhealthyDrainingInterval: drains } of states)
    if (cuts === true && typeof drains === "number" && drains > 0)
      failures.push({
        property: "targetHealthStates",
        reason: `targetHealthStates: want unhealthyDrainingInterval with enableUnhealthyConnectionTermination false only, got ${drains} with true; see ${docs.targetGroupAttributes}`,
      });
  return failures;
}

const targetGroup: ResourceType = {
  token: "aws:lb/targetGroup:TargetGroup",
  inputs: {
    name: name(docs.targetGroup),
    namePrefix: namePrefix(docs.targetGroup),
    port: count({ required: true, replaces: true, min: 1, max: 65535, link: docs.targetGroup }),
    protocol: supported(
      ["TCP"],
      ["HTTP", "HTTPS", "TLS", "UDP", "TCP_UDP", "GENEVE"],
      "the lab's nodes carry TCP",
      { required: true, replaces: true, link: docs.targetGroup },
    ),
    targetType: supported(["instance"], ["ip", "lambda", "alb"], "the lab's targets are instances", {
      default: "instance",
      replaces: true,
      link: docs.targetGroup,
    }),
    vpcId: idOf("vpc", { required: true, replaces: true }),
    deregistrationDelay: count({ default: 300, min: 0, max: 3600, link: docs.targetGroupAttributes }),
    connectionTermination: flag(),
    proxyProtocolV2: flag({ default: false }),
    preserveClientIp: text({ oneOf: ["true", "false"], link: docs.targetGroupAttributes }),
    loadBalancingCrossZoneEnabled: text({
      oneOf: ["true", "false", "use_load_balancer_configuration"],
      link: docs.targetGroupAttributes,
    }),
    targetHealthStates: list(
      object({
        enableUnhealthyConnectionTermination: flag({ required: true }),
        unhealthyDrainingInterval: count({ min: 0, max: 360_000, link: docs.targetGroupAttributes }),
      }),
    ),
    healthCheck,
    tags,
  },
  autoname: { property: "name", limit: 32 },
  computed: [
    "arn",
    "arnSuffix",
    "connectionTermination",
    "healthCheck",
    "ipAddressType",
    "loadBalancerArns",
    "loadBalancingCrossZoneEnabled",
    "targetHealthStates",
  ],
  known: (_inputs, { region }) => ({ region }),
  check: targetGroupProblems,
};

const listener: ResourceType = {
  token: "aws:lb/listener:Listener",
  inputs: {
    loadBalancerArn: arnOf("loadbalancer", { required: true, replaces: true }),
    port: count({ min: 1, max: 65535, required: true, link: docs.listener }),
    protocol: supported(["TCP"], ["TLS", "UDP", "TCP_UDP", "HTTP", "HTTPS"], "the lab's nodes carry TCP", {
      required: true,
      link: docs.listener,
    }),
    defaultActions: list(
      object({
        type: text({ required: true, oneOf: ["forward"], link: docs.listener }),
        targetGroupArn: arnOf("targetgroup", { required: true }),
        order: count({ min: 1, max: 50000, link: docs.listener }),
      }),
      {
        required: true,
        check: (value: unknown[]) =>
          value.length === 1
            ? undefined
            : `want one action, got ${value.length}; a network load balancer's listener forwards to one group; see ${docs.listener}`,
      },
    ),
    tcpIdleTimeoutSeconds: count({ min: 60, max: 6000, link: docs.listenerAttributes }),
    tags,
  },
  computed: ["arn", "tcpIdleTimeoutSeconds"],
  known: (_inputs, { region }) => ({ region }),
};

const targetGroupAttachment: ResourceType = {
  token: "aws:lb/targetGroupAttachment:TargetGroupAttachment",
  inputs: {
    targetGroupArn: arnOf("targetgroup", { required: true, replaces: true }),
    targetId: idOf("i", { required: true, replaces: true }),
    port: count({ replaces: true, min: 1, max: 65535, link: docs.registerTargets }),
  },
  computed: [],
  known: (_inputs, { region }) => ({ region }),
};

export const types: readonly ResourceType[] = [loadBalancer, targetGroup, listener, targetGroupAttachment];
