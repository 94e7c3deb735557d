import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { awsAccess } from "./aws-access";
import type { Target, TargetHealth } from "./target-waits";

/**
 * The network load balancer's view of its targets, asked as the AWS provider asks AWS. The SDK is loaded by the first
 * call, so a preview does not pay for it.
 */
export function awsTargetHealth(region: string): TargetHealth {
  const access = awsAccess("elbv2", region);
  type Sdk = typeof import("@aws-sdk/client-elastic-load-balancing-v2");
  let opened: Promise<{ client: ElasticLoadBalancingV2Client; sdk: Sdk }> | undefined;
  const open = () =>
    (opened ??= (async () => {
      const sdk = await import("@aws-sdk/client-elastic-load-balancing-v2");
      return { client: new sdk.ElasticLoadBalancingV2Client(access), sdk };
    })());
  const request = ({ targetGroupArn, instanceId, port }: Target) => ({
    TargetGroupArn: targetGroupArn,
    Targets: [{ Id: instanceId, Port: port }],
  });
  return {
    async state(target) {
      const { client, sdk } = await open();
      try {
        const answer = await client.send(new sdk.DescribeTargetHealthCommand(request(target)));
        const health = answer.TargetHealthDescriptions?.[0]?.TargetHealth;
        return { state: health?.State ?? "unused", reason: health?.Description };
      } catch (error) {
        // A target or a group that is gone gets nothing any more.
        if (error instanceof sdk.InvalidTargetException || error instanceof sdk.TargetGroupNotFoundException)
          return { state: "unused" };
        throw error;
      }
    },
    async anyHealthy(targetGroupArn) {
      const { client, sdk } = await open();
      const answer = await client.send(
        new sdk.DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
      );
      return (answer.TargetHealthDescriptions ?? []).some(
        ({ TargetHealth }) => TargetHealth?.State === "healthy",
      );
    },
    async deregister(target) {
      const { client, sdk } = await open();
      try {
        await client.send(new sdk.DeregisterTargetsCommand(request(target)));
      } catch (error) {
        if (error instanceof sdk.InvalidTargetException || error instanceof sdk.TargetGroupNotFoundException)
          return;
        throw error;
      }
    },
  };
}
