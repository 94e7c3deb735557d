import { Access } from "../../components/access";
import { mockCloud } from "../support/mocks";

test("is one endpoint that hosts see by its group, with no rule of its own", async () => {
  const cloud = await mockCloud();
  new Access("access", { vpcId: "vpc-1", subnetId: "subnet-1" });
  await cloud.settled();
  expect(cloud.children("access")).toEqual([
    "aws:ec2/securityGroup:SecurityGroup access-group",
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint access-endpoint",
  ]);
  expect(cloud.named("access-endpoint").inputs).toMatchObject({
    subnetId: "subnet-1",
    securityGroupIds: ["access-group-id"],
    preserveClientIp: false,
  });
});
