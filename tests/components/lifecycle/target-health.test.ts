/** The real SDK against the lab's Elastic Load Balancing. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { awsTargetHealth } from "../../../components/lifecycle/target-health";
import { targetApi } from "../../../lab/cloud/balancing/target-api";
import { cloudWithBalancer } from "../../support/balanced-cloud";

let server: Server;
let target: { targetGroupArn: string; instanceId: string; port: number };
let settled = 0;
const targets = (): ReturnType<typeof awsTargetHealth> => awsTargetHealth("us-east-1");

beforeAll(async () => {
  const { cloud, group, instances } = await cloudWithBalancer();
  target = { targetGroupArn: group, instanceId: instances[0], port: 443 };
  server = targetApi(
    {
      model: cloud.model,
      save: () => Promise.resolve(),
      settleBalancers: () => Promise.resolve(void settled++),
    },
    () => undefined,
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  pulumi.runtime.setAllConfig({
    "aws:endpoints": JSON.stringify([
      { s3: "http://127.0.0.1:1", elbv2: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    ]),
    "aws:accessKey": "lab",
    "aws:secretKey": "lab",
  });
});
afterAll(() => server.close());

test("a target that was just attached is initial, and one that is not registered is unused", async () => {
  expect(await targets().state(target)).toEqual({
    state: "initial",
    reason: "Target registration is in progress",
  });
  expect(await targets().anyHealthy(target.targetGroupArn)).toBe(false);
  expect(await targets().state({ ...target, port: 444 })).toMatchObject({ state: "unused" });
  expect(await targets().state({ ...target, targetGroupArn: `${target.targetGroupArn}0` })).toEqual({
    state: "unused",
  });
});

test("a deregistered target drains, and the balancers know before the call ends", async () => {
  await targets().deregister(target);
  expect(settled).toBe(1);
  expect(await targets().state(target)).toMatchObject({ state: "draining" });
});

test("a target or a group that is gone may be deregistered again", async () => {
  await targets().deregister({ ...target, instanceId: "i-0123456789abcdef9" });
  await targets().deregister({ ...target, targetGroupArn: `${target.targetGroupArn}0` });
});
