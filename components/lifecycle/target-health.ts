import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import * as pulumi from "@pulumi/pulumi";
import type { Target, TargetHealth } from "./target-waits";

/**
 * The network load balancer's view of its targets, asked exactly as the AWS provider asks AWS: with the stack's
 * endpoint and credentials, or with what the environment gives when the stack says nothing. The SDK is loaded by the
 * first call, so a preview does not pay for it.
 */
export function awsTargetHealth(region: string): TargetHealth {
  const config = new pulumi.Config("aws");
  const endpoints = config.getObject<{ elbv2?: string }[]>("endpoints") ?? [];
  const accessKeyId = config.get("accessKey");
  const secretAccessKey = config.get("secretKey");
  type Sdk = typeof import("@aws-sdk/client-elastic-load-balancing-v2");
  let opened: Promise<{ client: ElasticLoadBalancingV2Client; sdk: Sdk }> | undefined;
  const open = () =>
    (opened ??= (async () => {
      const sdk = await import("@aws-sdk/client-elastic-load-balancing-v2");
      const client = new sdk.ElasticLoadBalancingV2Client({
        region,
        endpoint: endpoints.find(({ elbv2 }) => elbv2 !== undefined)?.elbv2,
        credentials:
          accessKeyId && secretAccessKey
            ? { accessKeyId, secretAccessKey, sessionToken: config.get("token") }
            : undefined,
        profile: config.get("profile"),
      });
      return { client, sdk };
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
