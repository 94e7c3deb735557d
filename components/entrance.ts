import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "./refuse";
import { LB_CHECK_PORT } from "./render/ports";
import { tagsOf } from "./tags";

export interface EntranceArgs {
  vpcId: pulumi.Input<string>;
  /** Public subnets by zone: the balancer has a node with an address of its own in each. Adding one moves nothing. */
  subnets: Record<string, pulumi.Input<string>>;
  /** The balancer's security group: who may come in, and that it may reach the load balancers. */
  groupId: pulumi.Input<string>;
  /**
   * Whether a node serves load balancers of other zones, too. Without it a zone is served by its own ones alone, and
   * its address leaves the DNS with the last of them.
   */
  crossZone: boolean;
  /** What lets clients' requests pass. Load balancers get their share after the rules, and lose it before these go. */
  firewalls: pulumi.Resource[];
  /** Whether it may not be removed by a deployment. */
  protect: boolean;
}

/** Between the network load balancer and a load balancer's arrival and departure: the deployment waits. */
export interface EntranceHooks {
  /** After an attachment was created: the target is healthy. */
  inService: pulumi.ResourceHook;
  /** Before an attachment is deleted: the target is deregistered, and its connections have ended. */
  outOfService: pulumi.ResourceHook;
}

/** A load balancer's host. */
export interface EntranceTarget {
  instanceId: pulumi.Input<string>;
  /** Its name in the private zone, which is written when it serves. */
  record: pulumi.Resource;
}

/** Seconds in which a leaving load balancer finishes what it has: its own `hard-stop-after` and a little more. */
const DRAIN_SEC = 40;

/**
 * The network load balancer in front of the load balancers, and with it the site's public addresses: one per zone.
 *
 * It hands connections on as they are: its nodes connect under their own addresses, so that firewalls can name its
 * group, and tell the client's address in a PROXY header. It decides whom to trust by what each load balancer says
 * of itself, at the shortest interval that AWS has: one that dies is left out after 10 to 13 s. One that leaves is
 * deregistered first and keeps its connections; it does not lose them by failing checks.
 */
export class Entrance extends pulumi.ComponentResource {
  /** What the site's names are an alias of. */
  readonly dnsName: pulumi.Output<string>;
  /** The zone of `dnsName`, for alias records. */
  readonly hostedZoneId: pulumi.Output<string>;
  private readonly name: string;
  private readonly firewalls: pulumi.Resource[];
  private readonly ports: { port: number; group: aws.lb.TargetGroup; listener: aws.lb.Listener }[];
  /** The switches of the load balancers so far. */
  private readonly switches: pulumi.Resource[] = [];

  constructor(name: string, args: EntranceArgs, opts?: pulumi.ComponentResourceOptions) {
    const { firewalls, ...inputs } = args;
    super("foobar:edge:Entrance", name, inputs, opts);
    refuse(this, name, checkEntrance(name, args));
    this.name = name;
    this.firewalls = firewalls;
    const tags = tagsOf(name, "edge");
    const balancer = new aws.lb.LoadBalancer(
      `${name}-balancer`,
      {
        loadBalancerType: "network",
        internal: false,
        ipAddressType: "ipv4",
        subnets: Object.values(args.subnets),
        // Given now: a network load balancer that was made without a group never gets one.
        securityGroups: [args.groupId],
        enableCrossZoneLoadBalancing: args.crossZone,
        enableDeletionProtection: args.protect,
        tags,
      },
      { parent: this, protect: args.protect },
    );
    this.dnsName = balancer.dnsName;
    this.hostedZoneId = balancer.zoneId;
    this.ports = [80, 443].map((port) => {
      const group = new aws.lb.TargetGroup(
        `${name}-${port}`,
        {
          vpcId: args.vpcId,
          port,
          protocol: "TCP",
          targetType: "instance",
          preserveClientIp: "false",
          proxyProtocolV2: true,
          deregistrationDelay: DRAIN_SEC,
          connectionTermination: false,
          // A load balancer that stops softly fails its checks while it finishes.
          targetHealthStates: [
            { enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: DRAIN_SEC },
          ],
          healthCheck: {
            enabled: true,
            protocol: "HTTP",
            port: String(LB_CHECK_PORT),
            path: "/healthz",
            matcher: "200",
            interval: 5,
            timeout: 3,
            healthyThreshold: 2,
            unhealthyThreshold: 2,
          },
          tags,
        },
        { parent: this },
      );
      const listener = new aws.lb.Listener(
        `${name}-${port}-listener`,
        {
          loadBalancerArn: balancer.arn,
          port,
          protocol: "TCP",
          defaultActions: [{ type: "forward", targetGroupArn: group.arn }],
          tags,
        },
        { parent: this },
      );
      return { port, group, listener };
    });
    this.registerOutputs({ dnsName: this.dnsName, hostedZoneId: this.hostedZoneId });
  }

  /**
   * Gives a load balancer its share of the traffic, after the ones that were admitted before it and when its host has
   * its name. Returns the switches, for what has to come after them.
   */
  admit(name: string, target: EntranceTarget, hooks: EntranceHooks): pulumi.Resource[] {
    // Its ports go in and out together: one at a time, each would wait for health checks of its own.
    const earlier = this.switches.slice(-this.ports.length);
    const mine = this.ports.map(
      ({ port, group, listener }) =>
        new aws.lb.TargetGroupAttachment(
          `${this.name}-${port}-${name}`,
          { targetGroupArn: group.arn, targetId: target.instanceId, port },
          {
            parent: this,
            // Nobody checks the health of a target whose group no listener uses.
            dependsOn: [listener, target.record, ...this.firewalls, ...earlier],
            hooks: { afterCreate: [hooks.inService], beforeDelete: [hooks.outOfService] },
          },
        ),
    );
    this.switches.push(...mine);
    return mine;
  }
}

/** What AWS adds to the names that Pulumi makes up, and the longest that it takes (`CreateLoadBalancer`, Name). */
const NAME_LIMIT = 32 - "-1234567".length;

/** Every problem of an entrance's arguments. */
export function checkEntrance(name: string, { subnets }: Pick<EntranceArgs, "subnets">): string[] {
  const problems: string[] = [];
  const longest = `${name}-balancer`;
  if (longest.length > NAME_LIMIT)
    problems.push(
      `name: want at most ${NAME_LIMIT - "-balancer".length} characters, got ${name.length}; AWS takes 32 with what is added; shorten it`,
    );
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name) || name.startsWith("internal-"))
    problems.push(
      `name: want letters, digits and inner hyphens, not internal-…, got ${name}; choose another`,
    );
  const zones = Object.keys(subnets).length;
  if (zones < 1 || zones > 6)
    problems.push(`subnets: want one of each of 1 to 6 zones, got ${zones}; add or remove some`);
  return problems;
}
