import { gunzipSync } from "node:zlib";
import * as pulumi from "@pulumi/pulumi";
import {
  checkDatabaseServer,
  DatabaseServer,
  type DatabaseServerArgs,
} from "../../components/database-server";
import { Host, type Placement } from "../../components/host";
import { registerHooks } from "../../components/lifecycle/hooks";
import { checkLoadBalancer, LoadBalancer, type LoadBalancerArgs } from "../../components/load-balancer";
import { checkWebServer, WebServer } from "../../components/web-server";
import { fakeTargets } from "../support/fake-targets";
import { MemorySignals } from "../support/memory-signals";
import { isUnknown, mockCloud, type Registered } from "../support/mocks";

const INSTANCE = "aws:ec2/instance:Instance";
const placement = (more: Partial<Placement> = {}): Placement => ({
  instanceType: "t3.small",
  image: "ami-1",
  subnetId: "subnet-1",
  groupId: "sg-1",
  profile: "profile-1",
  zoneId: "zone-1",
  domain: "foobar.internal",
  hooks: registerHooks({
    signals: new MemorySignals(),
    targets: fakeTargets(),
    entrance: "elastic-ip",
    balancers: ["lb-1"],
    balancing: "active-active",
    databases: ["db-1", "db-2"],
    readySeconds: 1,
    drainSeconds: 1,
    teardown: false,
  }),
  bootAfter: [],
  ...more,
});
const settings = {
  domain: "foobar.internal",
  region: "us-east-1",
  bucket: "foobar-test-1",
  hostBundleKey: "bundles/host-1.tar.gz",
  secretPrefix: "foobar/test",
  agent: "prometheus",
} as const;
const userDataOf = ({ inputs }: Registered) =>
  gunzipSync(Buffer.from(inputs.userDataBase64 as string, "base64")).toString();

describe("a host", () => {
  const host = async (more: object = {}, options: { preview?: boolean } = {}) => {
    const cloud = await mockCloud(options);
    new Host("web-1", { ...placement(), tier: "web", userData: "e30=", ...more });
    await cloud.settled();
    return cloud;
  };

  test("is an instance and its record", async () => {
    const cloud = await host();
    expect(cloud.children("web-1")).toEqual([
      "aws:ec2/instance:Instance web-1-instance",
      "aws:route53/record:Record web-1-record",
    ]);
    expect(cloud.named("web-1-record").inputs).toMatchObject({
      name: "web-1.foobar.internal",
      type: "A",
      records: ["10.0.16.4"],
    });
  });

  test("has closed defaults: no public address, metadata by token and one hop, a gp3 disk", async () => {
    const { inputs } = (await host()).named("web-1-instance");
    expect(inputs).toMatchObject({
      associatePublicIpAddress: false,
      userDataReplaceOnChange: true,
      metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
      rootBlockDevice: { volumeType: "gp3", deleteOnTermination: true },
    });
    expect(inputs).not.toHaveProperty("keyName");
  });

  test("encrypts its disk with the key that it is given", async () => {
    const { inputs } = (await host({ keyArn: "arn:key" })).named("web-1-instance");
    expect(inputs.rootBlockDevice).toMatchObject({ encrypted: true, kmsKeyId: "arn:key" });
  });

  test("is replaced, not stopped, when its size, image or disk changes", async () => {
    const { replaceOnChanges } = (await host()).named("web-1-instance");
    expect(replaceOnChanges).toEqual(["ami", "instanceType", "rootBlockDevice"]);
  });

  test("that is new first takes its name when it serves", async () => {
    const cloud = await host();
    expect(cloud.named("web-1-instance").deleteBeforeReplace).toBe(false);
    expect(cloud.named("web-1-instance").hooks).toEqual({ beforeDelete: ["foobar-leaving"] });
    expect(cloud.named("web-1-record").hooks).toEqual({
      beforeCreate: ["foobar-named"],
      beforeUpdate: ["foobar-named"],
    });
  });

  test("that goes first gets its name at once", async () => {
    const cloud = await host({ replacement: "old-first" });
    expect(cloud.named("web-1-instance").deleteBeforeReplace).toBe(true);
    expect(cloud.named("web-1-record").hooks).toEqual({});
  });

  test("shows its complete configuration in a preview", async () => {
    const cloud = await host({}, { preview: true });
    expect(isUnknown((cloud.named("web-1-record").inputs.records as unknown[])[0])).toBe(true);
    expect(cloud.named("web-1-instance").inputs.userDataBase64).toBe("e30=");
  });
});

test("a web server is told its databases and reads by weight, and needs no public address", async () => {
  const cloud = await mockCloud();
  new WebServer("web-1", {
    placement: placement(),
    settings: { ...settings, bucket: pulumi.output(settings.bucket) },
    siteName: "www.foobar.com",
    apexName: "foobar.com",
    server: "nginx",
    transports: ["plain"],
    appBundleKey: "bundles/app-1.tar.gz",
    databases: ["db-1", "db-2"],
    database: "pair",
    readWeights: { primary: 0, replica: 100 },
    after: [],
  });
  await cloud.settled();
  const instance = cloud.named("web-1-instance");
  expect(userDataOf(instance)).toContain("FOOBAR_APP_BUNDLE=bundles/app-1.tar.gz");
  expect(userDataOf(instance)).toContain("DATABASE_SERVER_NAMES=db-1.foobar.internal,db-2.foobar.internal");
  expect(instance.inputs.associatePublicIpAddress).toBe(false);
});

test("a load balancer moves its address when it serves, and weighs web servers by what they have", async () => {
  const cloud = await mockCloud();
  new LoadBalancer("lb-1", {
    placement: placement(),
    settings,
    siteName: "www.foobar.com",
    apexName: "foobar.com",
    webServers: [
      { name: "web-1", capacity: { vcpus: 2, memoryMiB: 2048 } },
      { name: "web-2", capacity: { vcpus: 2, memoryMiB: 1024 } },
    ],
    tls: "terminate",
    entrance: "elastic-ip",
    balancers: ["lb-1"],
    mode: "active-active",
    after: [],
    firewalls: [],
    protect: true,
  });
  await cloud.settled();
  expect(
    cloud.resources
      .filter(({ parent }) => parent === "lb-1")
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["lb-1", "lb-1-address", "lb-1-instance", "lb-1-record", "lb-1-switch"]);
  expect(userDataOf(cloud.named("lb-1-instance"))).toMatch(
    /server web-1 .*weight 256(.|\n)*server web-2 .*weight 128/,
  );
  expect(cloud.named("lb-1-instance").inputs.associatePublicIpAddress).toBe(true);
  expect(cloud.named("lb-1-switch").dependsOn).toContain("lb-1-record");
  expect(cloud.named("lb-1-switch").hooks).toEqual({ beforeDelete: ["foobar-address-left"] });
  expect(cloud.named("lb-1-address").protect).toBe(true);
});

describe("a load balancer behind a network load balancer", () => {
  const args = (more: Partial<LoadBalancerArgs> = {}): LoadBalancerArgs => ({
    placement: placement(),
    settings,
    siteName: "www.foobar.com",
    apexName: "foobar.com",
    webServers: [{ name: "web-1", capacity: { vcpus: 2, memoryMiB: 2048 } }],
    tls: "end-to-end",
    entrance: "network-load-balancer",
    balancers: ["lb-1", "lb-2"],
    mode: "active-active",
    rateLimit: { requests: 2000, windowSec: 10 },
    after: [],
    firewalls: [],
    protect: true,
    ...more,
  });

  test("is a host and nothing else, without a public address", async () => {
    const cloud = await mockCloud();
    const balancer = new LoadBalancer("lb-2", args());
    await cloud.settled();
    expect(balancer.address).toBeUndefined();
    expect(cloud.children("lb-2")).toEqual([
      "aws:ec2/instance:Instance lb-2-instance",
      "aws:route53/record:Record lb-2-record",
      "foobar:edge:Host lb-2",
    ]);
    expect(cloud.named("lb-2-instance").inputs.associatePublicIpAddress).toBe(false);
    expect(userDataOf(cloud.named("lb-2-instance"))).toContain(
      "FOOBAR_BALANCERS=lb-1.foobar.internal,lb-2.foobar.internal",
    );
  });

  test.each([
    [{ balancers: ["lb-2"] }, "balancers: want lb-1 among them, got lb-2; add it"],
    [
      { entrance: "elastic-ip" },
      "entrance: want network-load-balancer for 2 load balancers, got elastic-ip; change it",
    ],
    [
      { rateLimit: { requests: 0, windowSec: 10 } },
      "rateLimit.requests: want a whole number from 1 to 10000000, got 0; change it",
    ],
  ] as const)("refuses %j", async (wrong, message) => {
    const cloud = await mockCloud();
    const all = args(wrong as Partial<LoadBalancerArgs>);
    expect(checkLoadBalancer("lb-1", all)).toEqual([message]);
    expect(() => new LoadBalancer("lb-1", all)).toThrow(`lb-1: ${message}`);
    await cloud.settled();
  });
});

test("a web server speaks one way, or plain besides one over TLS", () => {
  expect(checkWebServer({ transports: ["mutual-tls"] })).toEqual([]);
  expect(checkWebServer({ transports: ["plain", "site-tls"] })).toEqual([]);
  for (const transports of [[], ["mutual-tls", "site-tls"], ["plain", "plain"]] as const)
    expect(checkWebServer({ transports: [...transports] })).toEqual([
      `transports: want one, or plain and one over TLS, got ${transports.join(", ") || "none"}; change tls by way of terminate`,
    ]);
});

describe("a database server", () => {
  const pair = { database: "pair", role: "primary", primaryName: "db-1" } as const;
  const args = (more: object = {}): DatabaseServerArgs => ({
    placement: placement(),
    settings,
    zone: "us-east-1a",
    serverId: 1,
    ...pair,
    members: ["db-1", "db-2"],
    capacity: { vcpus: 2, memoryMiB: 2048 },
    volumeGiB: 20,
    protect: true,
    after: [],
    ...more,
  });

  test("has a volume that outlives its host, and lets go of it properly", async () => {
    const cloud = await mockCloud();
    new DatabaseServer("db-1", args());
    await cloud.settled();
    expect(cloud.named("db-1-volume")).toMatchObject({
      protect: true,
      inputs: { availabilityZone: "us-east-1a", size: 20, type: "gp3", encrypted: false },
    });
    // Nothing about the host reaches the volume: replacing the one never replaces the other.
    expect(cloud.named("db-1-volume").dependsOn).toEqual([]);
    expect(cloud.named("db-1-instance").deleteBeforeReplace).toBe(true);
    expect(cloud.named("db-1-attachment")).toMatchObject({
      inputs: {
        stopInstanceBeforeDetaching: true,
        volumeId: "db-1-volume-id",
        instanceId: "db-1-instance-id",
      },
      hooks: { afterCreate: ["foobar-attached"], beforeDelete: ["foobar-detaching"] },
    });
    expect(cloud.named("db-1-attachment").dependsOn).toContain("db-1-record");
  });

  test("is known completely in a preview", async () => {
    const cloud = await mockCloud({ preview: true });
    new DatabaseServer("db-1", args());
    await cloud.settled();
    expect(userDataOf(cloud.ofType(INSTANCE)[0])).toContain("FOOBAR_PRIMARY=db-1.foobar.internal");
    expect(isUnknown(cloud.named("db-1-attachment").inputs.volumeId)).toBe(true);
  });

  test("of a group is told its members and no role", async () => {
    const cloud = await mockCloud();
    new DatabaseServer("db-1", args({ database: "group", members: ["db-1", "db-2", "db-3"] }));
    await cloud.settled();
    const userData = userDataOf(cloud.ofType(INSTANCE)[0]);
    expect(userData).toContain("FOOBAR_DATABASE=group");
    expect(userData).not.toContain("FOOBAR_ROLE");
    expect(userData).not.toContain("FOOBAR_PRIMARY");
  });

  test.each([
    [
      { members: ["db-2"], primaryName: "db-2", role: "replica" },
      "members: want db-1 among them, got db-2; add it",
    ],
    [{ primaryName: "db-9", role: "replica" }, "primaryName: want one of db-1, db-2, got db-9; change it"],
    [{ role: "replica" }, "role: want primary on db-1 and replica elsewhere, got replica on db-1; change it"],
    [{ database: "group" }, "members: want 3 or 5 in a group, got 2; add or remove some"],
    [{ volumeGiB: 0 }, "volumeGiB: want 1 to 65536, got 0; change it"],
  ] as const)("refuses %j", async (wrong, message) => {
    const cloud = await mockCloud();
    const all = args(wrong);
    expect(checkDatabaseServer("db-1", all)).toEqual([message]);
    expect(() => new DatabaseServer("db-1", all)).toThrow(`db-1: ${message}`);
    await cloud.settled();
  });
});
