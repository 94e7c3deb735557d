import { CloudOnPaper } from "./lab-cloud";

/** A cloud with a network load balancer in two zones, a target in each, and everything that they need. */
export interface BalancedCloud {
  cloud: CloudOnPaper;
  vpcId: string;
  subnets: string[];
  securityGroup: string;
  balancer: string;
  dnsName: string;
  /** Its only target group. */
  group: string;
  listener: string;
  /** The instance of each zone. */
  instances: string[];
}

/** What a target group is made of, its VPC apart. */
export const groupSettings = {
  name: "site",
  port: 443,
  protocol: "TCP",
  targetType: "instance",
  preserveClientIp: "false",
  proxyProtocolV2: true,
  deregistrationDelay: 30,
  targetHealthStates: [{ enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: 60 }],
  healthCheck: {
    protocol: "HTTP",
    port: "8405",
    path: "/healthz",
    matcher: "200",
    interval: 5,
    timeout: 3,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  },
};

/** Makes it. */
export async function cloudWithBalancer(): Promise<BalancedCloud> {
  const cloud = new CloudOnPaper();
  const vpcId = (await cloud.make("ec2/vpc", { cidrBlock: "10.0.0.0/16" })).id;
  await cloud.make("ec2/internetGateway", { vpcId });
  const securityGroup = (await cloud.make("ec2/securityGroup", { name: "entrance", vpcId })).id;
  const subnets: string[] = [];
  const instances: string[] = [];
  for (const [index, zone] of ["us-east-1a", "us-east-1b"].entries()) {
    const subnet = { vpcId, cidrBlock: `10.0.${index}.0/24`, availabilityZone: zone };
    subnets.push((await cloud.make("ec2/subnet", subnet)).id);
    const instance = { ami: "ami-0deb1a13000000000", subnetId: subnets[index], instanceType: "t3.micro" };
    instances.push((await cloud.make("ec2/instance", instance)).id);
  }
  const group = (await cloud.make("lb/targetGroup", { ...groupSettings, vpcId })).id;
  const { id: balancer, outputs } = await cloud.make("lb/loadBalancer", {
    name: "site",
    loadBalancerType: "network",
    subnets,
    securityGroups: [securityGroup],
    enableCrossZoneLoadBalancing: false,
  });
  const listener = await cloud.make("lb/listener", {
    loadBalancerArn: balancer,
    port: 443,
    protocol: "TCP",
    defaultActions: [{ type: "forward", targetGroupArn: group }],
  });
  for (const targetId of instances)
    await cloud.make("lb/targetGroupAttachment", { targetGroupArn: group, targetId, port: 443 });
  return {
    ...{ cloud, vpcId, subnets, securityGroup, balancer, group, instances },
    dnsName: outputs.dnsName as string,
    listener: listener.id,
  };
}
