/** The control daemon with real hosts, in a lab of its own beside the one that people use. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

process.env.FOOBAR_LAB_PREFIX = "cloudtest";
process.env.FOOBAR_LAB_STATE = "/var/lib/foobar-cloudtest";
process.env.FOOBAR_LAB_RUN = "/run/foobar-cloudtest";
process.env.FOOBAR_LAB_SITE_PORT = "18443";
process.env.FOOBAR_LAB_API_PORT = "14566";

import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateBucketCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import * as client from "../../lab/cloud/client";
import { files } from "../../lab/cloud/files";
import { request } from "../../lab/cloud/socket";
import { ensureImage } from "../../lab/machine/image";
import { paths } from "../../lab/machine/paths";
import { leftovers } from "../../lab/machine/teardown";
import { until } from "../support/until";

interface View {
  id: string;
  outputs: Record<string, string>;
}
const region = "us-east-1";
let sequence = 0;
const create = async (
  kind: string,
  properties: Record<string, unknown>,
  clientToken = `token-${sequence++}`,
): Promise<View> =>
  (await request("POST", `/resources/${kind}`, { clientToken, properties, region, defaultTags: {} })) as View;
const remove = (kind: string, id: string): Promise<unknown> =>
  request("DELETE", `/resources/${kind}/${encodeURIComponent(id)}`);
const on = async (host: string, command: string): Promise<string> => {
  const { code, stdout, stderr } = await client.exec(host, ["sh", "-c", command], { timeoutMs: 30_000 });
  if (code !== 0) throw new Error(`${host}: ${command}: ${stderr}${stdout}`);
  return stdout.trim();
};
const inInternet = (...argv: string[]): string =>
  execFileSync("ip", ["netns", "exec", "cloudtest-internet", ...argv], { encoding: "utf8" }).trim();
const token =
  "T=$(curl -sfX PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' http://169.254.169.254/latest/api/token)";
const metadata = (path: string): string =>
  `${token}; curl -sf -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/${path}`;

const s3 = new S3Client({
  region,
  endpoint: "http://127.0.0.1:14566",
  forcePathStyle: true,
  credentials: { accessKeyId: "lab", secretAccessKey: "lab" },
});
/** What a host has put into the bucket, as this machine sees it. */
const stored = async (): Promise<string> =>
  (
    await (
      await s3.send(new GetObjectCommand({ Bucket: "lab-bucket", Key: "key" }))
    ).Body!.transformToString()
  ).trim();

const elb = new ElasticLoadBalancingV2Client({
  region,
  endpoint: "http://127.0.0.1:14566",
  credentials: { accessKeyId: "lab", secretAccessKey: "lab" },
});
/** What is recorded of the load balancer's processes. */
function balancerProcesses(): string {
  const folder = join(paths.run(), "balancers");
  return readFileSync(join(folder, readdirSync(folder)[0], "process.json"), "utf8");
}

let vpc: View,
  subnet: View,
  group: View,
  web: View,
  volume: View,
  attachment: View,
  elastic: View,
  association: View,
  zone: View;
const instance = (name: string): Record<string, unknown> => ({
  ami: "ami-0deb1a13000000000",
  instanceType: "t3.small",
  subnetId: subnet.id,
  vpcSecurityGroupIds: [group.id],
  iamInstanceProfile: "web",
  userData: `#cloud-config\nruncmd: ["echo ${name} > /run/hello"]\n`,
  tags: { Name: name },
});

beforeAll(async () => {
  await client.down();
  await ensureImage(() => undefined);
  await client.ensureDaemon();
  vpc = await create("ec2/vpc", {
    cidrBlock: "10.20.0.0/16",
    enableDnsHostnames: true,
    enableDnsSupport: true,
  });
  subnet = await create("ec2/subnet", {
    vpcId: vpc.id,
    cidrBlock: "10.20.1.0/24",
    availabilityZone: "us-east-1a",
  });
  const gateway = await create("ec2/internetGateway", { vpcId: vpc.id });
  const table = await create("ec2/routeTable", { vpcId: vpc.id });
  await create("ec2/route", {
    routeTableId: table.id,
    destinationCidrBlock: "0.0.0.0/0",
    gatewayId: gateway.id,
  });
  await create("ec2/routeTableAssociation", { routeTableId: table.id, subnetId: subnet.id });
  group = await create("ec2/securityGroup", { name: "web", description: "web", vpcId: vpc.id });
  const rule = { securityGroupId: group.id, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" };
  await create("vpc/securityGroupEgressRule", rule);
  await create("vpc/securityGroupIngressRule", { ...rule, ipProtocol: "tcp", fromPort: 80, toPort: 80 });
  await create("iam/role", { name: "web", assumeRolePolicy: "{}", path: "/" });
  await create("iam/instanceProfile", { name: "web", role: "web", path: "/" });
  zone = await create("route53/zone", { name: "foobar.internal", vpcs: [{ vpcId: vpc.id }] });
  const site = await create("route53/zone", { name: "foobar.com" });
  elastic = await create("ec2/eip", { domain: "vpc" });
  await create("route53/record", {
    zoneId: site.id,
    name: "www.foobar.com",
    type: "A",
    ttl: 60,
    records: [elastic.outputs.publicIp],
  });
  web = await create("ec2/instance", instance("web-1"), "web-token");
  await create("route53/record", {
    zoneId: zone.id,
    name: "web-1",
    type: "A",
    ttl: 5,
    records: [web.outputs.privateIp],
  });
  association = await create("ec2/eipAssociation", { allocationId: elastic.id, instanceId: web.id });
  volume = await create("ebs/volume", { availabilityZone: "us-east-1a", size: 1, type: "gp3" });
  attachment = await create("ec2/volumeAttachment", {
    volumeId: volume.id,
    instanceId: web.id,
    deviceName: "/dev/sdf",
    stopInstanceBeforeDetaching: true,
  });
  await on("web-1", "cloud-init status --wait >/dev/null; true");
}, 240_000);

afterAll(async () => {
  await client.down();
}, 60_000);

test("a host boots with the user data it was given", async () => {
  expect(await on("web-1", "cat /run/hello")).toBe("web-1");
});

test("a repeated create with the same client token gives the host that is there", async () => {
  const again = await create("ec2/instance", instance("web-1"), "web-token");
  expect(again).toEqual(expect.objectContaining({ id: web.id }));
  expect((await client.status()).hosts).toHaveLength(1);
});

test("metadata answers the host about itself, with a token only", async () => {
  expect(await on("web-1", metadata("meta-data/instance-id"))).toBe(web.id);
  expect(await on("web-1", metadata("meta-data/iam/security-credentials/"))).toBe("web");
  expect(JSON.parse(await on("web-1", metadata("dynamic/instance-identity/document")))).toMatchObject({
    instanceId: web.id,
    region,
  });
  expect(
    await on(
      "web-1",
      "curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/meta-data/instance-id",
    ),
  ).toBe("401");
});

test("names of the private zone resolve in the VPC and not in the internet", async () => {
  expect(await on("web-1", "getent ahostsv4 web-1.foobar.internal | head -1 | cut -d' ' -f1")).toBe(
    web.outputs.privateIp,
  );
  const script =
    "const r=new (require('dns').Resolver)();r.setServers(['203.0.113.10']);r.resolve4(process.argv[1],(e,a)=>console.log(e?e.code:a.join()))";
  expect(inInternet(process.execPath, "-e", script, "web-1.foobar.internal")).toBe("ENOTFOUND");
  expect(inInternet(process.execPath, "-e", script, "www.foobar.com")).toBe(elastic.outputs.publicIp);
});

test("a host reaches S3 under AWS's own name, over verified TLS, with its role's credentials", async () => {
  await s3.send(new CreateBucketCommand({ Bucket: "lab-bucket" }));
  const keys = `${metadata("meta-data/iam/security-credentials/web")} > /run/c; K=$(jq -r .AccessKeyId /run/c):$(jq -r .SecretAccessKey /run/c); S=$(jq -r .Token /run/c)`;
  const put = `${keys}; echo stored > /run/o; curl -sf --aws-sigv4 aws:amz:us-east-1:s3 --user "$K" -H "x-amz-security-token: $S" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -T /run/o https://lab-bucket.s3.us-east-1.amazonaws.com/key`;
  await on("web-1", put);
  expect(await stored()).toBe("stored");
});

test("the forward carries a connection to the public address of the site's name", async () => {
  await on(
    "web-1",
    "systemd-run --quiet --unit=echo443 socat TCP-LISTEN:443,fork,reuseaddr SYSTEM:'echo hello from $(hostname)'",
  );
  await create("vpc/securityGroupIngressRule", {
    securityGroupId: group.id,
    ipProtocol: "tcp",
    fromPort: 443,
    toPort: 443,
    cidrIpv4: "203.0.113.10/32",
  });
  const said = execFileSync("sh", ["-c", "sleep 1 | timeout 5 socat - TCP:127.0.0.1:18443"], {
    encoding: "utf8",
  });
  expect(said.trim()).toBe("hello from web-1");
});

test("a network load balancer's targets are asked about at the AWS API", async () => {
  const rule = { securityGroupId: group.id, ipProtocol: "tcp", fromPort: 443, toPort: 443 };
  await create("vpc/securityGroupIngressRule", { ...rule, referencedSecurityGroupId: group.id });
  const targets = await create("lb/targetGroup", {
    ...{ name: "web", port: 443, protocol: "TCP", vpcId: vpc.id, preserveClientIp: "false" },
    healthCheck: { protocol: "TCP", interval: 5, timeout: 3, healthyThreshold: 2, unhealthyThreshold: 2 },
  });
  const balancer = await create("lb/loadBalancer", {
    ...{ name: "site", loadBalancerType: "network", subnets: [subnet.id], securityGroups: [group.id] },
  });
  await create("lb/listener", {
    ...{ loadBalancerArn: balancer.id, port: 443, protocol: "TCP" },
    defaultActions: [{ type: "forward", targetGroupArn: targets.id }],
  });
  await create("lb/targetGroupAttachment", { targetGroupArn: targets.id, targetId: web.id });
  const described = new DescribeTargetHealthCommand({ TargetGroupArn: targets.id });
  await until(async () => {
    const { TargetHealthDescriptions } = await elb.send(described);
    expect(TargetHealthDescriptions).toMatchObject([
      { Target: { Id: web.id, Port: 443 }, TargetHealth: { State: "healthy" } },
    ]);
  }, 20_000);
  expect((await client.status()).nodes).toMatchObject([
    { name: "site", zone: "us-east-1a", inDns: true, targets: ["web-1:443 healthy"] },
  ]);
  const resolve =
    "const r=new (require('dns').Resolver)();r.setServers(['203.0.113.10']);r.resolve4(process.argv[1],(e,a)=>console.log(a[0]))";
  const address = inInternet(process.execPath, "-e", resolve, balancer.outputs.dnsName);
  expect(inInternet("sh", "-c", `sleep 1 | timeout 5 socat - TCP:${address}:443`)).toBe("hello from web-1");
}, 60_000);

test("a volume is the host's disk under the name that EC2 gives it", async () => {
  const link = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.id.replace("-", "")}`;
  await on("web-1", `mkfs.ext4 -q ${link} && mount ${link} /mnt && echo kept > /mnt/file && umount /mnt`);
});

test("the daemon killed at any moment comes back with everything, and hosts have not noticed", async () => {
  const { pid } = JSON.parse(readFileSync(files.process("labd"), "utf8")) as { pid: number };
  const booted = await on(
    "web-1",
    "cat /proc/sys/kernel/random/boot_id; systemctl show -p ActiveEnterTimestampMonotonic echo443",
  );
  const balancer = balancerProcesses();
  process.kill(pid, "SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 200));
  jest.resetModules();
  const fresh = jest.requireActual<typeof client>("../../lab/cloud/client");
  await fresh.ensureDaemon();
  expect((await client.status()).hosts).toMatchObject([{ name: "web-1", id: web.id, state: "running" }]);
  expect(
    await on(
      "web-1",
      "cat /proc/sys/kernel/random/boot_id; systemctl show -p ActiveEnterTimestampMonotonic echo443",
    ),
  ).toBe(booted);
  expect(await on("web-1", metadata("meta-data/instance-id"))).toBe(web.id);
  expect(await stored()).toBe("stored");
  expect(balancerProcesses()).toEqual(balancer);
}, 60_000);

test("what is in use is not deleted, and the refusal names what uses it", async () => {
  await expect(remove("ec2/subnet", subnet.id)).rejects.toThrow(
    new RegExp(`DependencyViolation: ${subnet.id}`),
  );
  await expect(remove("ebs/volume", volume.id)).rejects.toThrow(/VolumeInUse/);
});

test("a volume keeps its content when it moves to another host", async () => {
  await remove("ec2/volumeAttachment", attachment.id);
  expect((await client.hostByName("web-1")).state).toBe("stopped");
  const second = await create("ec2/instance", instance("web-2"));
  const moved = await create("ec2/volumeAttachment", {
    volumeId: volume.id,
    instanceId: second.id,
    deviceName: "/dev/sdf",
  });
  const link = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.id.replace("-", "")}`;
  expect(await on("web-2", `mount ${link} /mnt && cat /mnt/file && umount /mnt`)).toBe("kept");
  await remove("ec2/volumeAttachment", moved.id);
  await remove("ec2/instance", second.id);
  await remove("ec2/eipAssociation", association.id);
  await remove("ec2/instance", web.id);
  expect((await client.status()).hosts).toEqual([]);
}, 90_000);

test("down leaves nothing, also when the daemon was killed", async () => {
  const { pid } = JSON.parse(readFileSync(files.process("labd"), "utf8")) as { pid: number };
  process.kill(pid, "SIGKILL");
  await client.down();
  expect(await leftovers()).toEqual([]);
  await expect(fetch("http://127.0.0.1:14566/")).rejects.toThrow();
}, 60_000);
