import { isSecret, type Recording, type Registered } from "../support/mocks";
import { before, boundHooks, runProgram } from "../support/program";

/** As a deployment of three zones would run it. */
let cloud: Recording;
beforeAll(async () => {
  cloud = await runProgram("baseline", {
    shape: "baseline",
    webServers: ["t3.small", "t3.small", "t3.micro"],
  });
}, 120_000);

const custom = () => cloud.resources.filter((resource) => resource.custom);

test("makes every box of the picture, and no resource outside one", () => {
  const boxes = cloud.resources.filter(({ type, parent }) => type.startsWith("foobar:") && parent === "");
  expect(boxes.map(({ type, name }) => `${type} ${name}`).sort()).toMatchInlineSnapshot(`
   [
     "foobar:data:DatabaseAccounts database-accounts",
     "foobar:data:DatabaseServer db-1",
     "foobar:data:DatabaseServer db-2",
     "foobar:data:Firewall data-firewall",
     "foobar:data:InstanceRole data-role",
     "foobar:edge:Firewall edge-firewall",
     "foobar:edge:InstanceRole edge-role",
     "foobar:edge:LoadBalancer lb-1",
     "foobar:edge:PublicZone public-zone",
     "foobar:ops:Access access",
     "foobar:ops:Certificates certificates",
     "foobar:ops:EncryptionKey encryption",
     "foobar:ops:Monitoring monitoring",
     "foobar:ops:Network network",
     "foobar:ops:PrivateZone private-zone",
     "foobar:ops:Storage storage",
     "foobar:ops:TermsRecord terms",
     "foobar:ops:Vault vault",
     "foobar:web:Firewall web-firewall",
     "foobar:web:InstanceRole web-role",
     "foobar:web:WebServer web-1",
     "foobar:web:WebServer web-2",
     "foobar:web:WebServer web-3",
   ]
  `);
  for (const { name, parent } of custom()) expect(`${name} ${parent}`).not.toBe(`${name} `);
});

test("makes as many resources of each kind as the baseline needs", () => {
  const count: Record<string, number> = {};
  for (const { type } of custom()) count[type.split(":").at(-1)!] = (count[type.split(":").at(-1)!] ?? 0) + 1;
  expect(count).toMatchInlineSnapshot(`
   {
     "Alias": 1,
     "Bucket": 1,
     "BucketObjectv2": 4,
     "BucketPolicy": 1,
     "BucketPublicAccessBlock": 1,
     "BucketServerSideEncryptionConfiguration": 1,
     "BucketVersioning": 1,
     "CertRequest": 3,
     "DefaultSecurityGroup": 1,
     "Eip": 2,
     "EipAssociation": 1,
     "Instance": 6,
     "InstanceConnectEndpoint": 1,
     "InstanceProfile": 3,
     "InternetGateway": 1,
     "Key": 1,
     "LocallySignedCert": 3,
     "NatGateway": 1,
     "NetworkAcl": 3,
     "NetworkAclAssociation": 9,
     "NetworkAclRule": 46,
     "PrivateKey": 4,
     "RandomPassword": 2,
     "Record": 8,
     "Role": 3,
     "RolePolicy": 3,
     "Route": 2,
     "RouteTable": 2,
     "RouteTableAssociation": 9,
     "Secret": 6,
     "SecretVersion": 6,
     "SecurityGroup": 4,
     "SecurityGroupEgressRule": 14,
     "SecurityGroupIngressRule": 10,
     "SelfSignedCert": 1,
     "Subnet": 9,
     "Volume": 2,
     "VolumeAttachment": 2,
     "Vpc": 1,
     "Zone": 2,
   }
  `);
});

test("never gives two resources of a type the same name", () => {
  const names = cloud.resources.map(({ type, name }) => `${type} ${name}`);
  expect(new Set(names).size).toBe(names.length);
});

test("starts hosts side by side: only a database's member waits for the one before it", () => {
  for (const { name } of cloud.ofType("aws:ec2/instance:Instance")) {
    const others = [...before(cloud, name)].filter((dependency) => dependency.endsWith("-instance"));
    expect([name, others]).toEqual([name, name === "db-2-instance" ? ["db-1-instance"] : []]);
  }
});

test("moves traffic one host at a time, from the data outwards", () => {
  const chain = [
    "db-1-attachment",
    "db-2-attachment",
    "web-1-record",
    "web-2-record",
    "web-3-record",
    "lb-1-record",
  ];
  // Its address is given up before the rules that let its last clients in.
  const rules = ["edge-firewall-internet-edge-443-in", "web-firewall-edge-web-8080-in"];
  expect([...before(cloud, "lb-1-switch")]).toEqual(expect.arrayContaining(rules));
  [...chain, "lb-1-switch"].forEach((name, index) => {
    for (const earlier of chain.slice(0, index))
      expect([name, [...before(cloud, name)]]).toEqual([name, expect.arrayContaining([earlier])]);
  });
});

test("lets no hook wait for a host that its resource does not depend on", () => {
  for (const { name, hooks } of custom()) {
    if (hooks.beforeCreate?.includes("foobar-named")) {
      const host = name.replace(/-record$/, "");
      expect([name, [...before(cloud, name)]]).toEqual([name, expect.arrayContaining([`${host}-instance`])]);
    }
    // The last member's attachment waits for all of them.
    if (name === "db-2-attachment") expect(before(cloud, name).has("db-1-attachment")).toBe(true);
  }
});

test("boots no host before it can reach and read what it needs", () => {
  for (const { name } of cloud.ofType("aws:ec2/instance:Instance")) {
    const needed = [
      "storage-host-bundle",
      "vault-tls-ca-value",
      name.startsWith("lb") ? "network-public-default" : "network-private-default",
    ];
    expect([name, [...before(cloud, name)]]).toEqual([name, expect.arrayContaining(needed)]);
  }
});

test("gives hosts no public address but the load balancer, each in its tier's subnet and zone", () => {
  const place = ({ name, inputs }: Registered) =>
    `${name} ${String(inputs.subnetId)} ${String(inputs.associatePublicIpAddress)}`;
  expect(cloud.ofType("aws:ec2/instance:Instance").map(place).sort()).toEqual([
    "db-1-instance network-data-us-east-1a-id false",
    "db-2-instance network-data-us-east-1b-id false",
    "lb-1-instance network-public-us-east-1a-id true",
    "web-1-instance network-web-us-east-1a-id false",
    "web-2-instance network-web-us-east-1b-id false",
    "web-3-instance network-web-us-east-1c-id false",
  ]);
});

test("lets addresses in only at the edge, on 80 and 443; everybody else by group", () => {
  const open = cloud
    .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    .filter(({ inputs }) => inputs.cidrIpv4 !== undefined);
  expect(open.map(({ inputs }) => [inputs.securityGroupId, inputs.fromPort, inputs.toPort])).toEqual([
    ["edge-firewall-group-id", 80, 80],
    ["edge-firewall-group-id", 443, 443],
  ]);
});

test("puts every secret value into Secrets Manager as a secret, and none into user data", () => {
  const values = cloud.ofType("aws:secretsmanager/secretVersion:SecretVersion");
  expect(values.length).toBeGreaterThan(0);
  for (const { name, inputs } of values) expect([name, isSecret(inputs.secretString)]).toEqual([name, true]);
  for (const { name, propertyDependencies } of cloud.ofType("aws:ec2/instance:Instance"))
    expect([name, propertyDependencies.userDataBase64]).toEqual([name, []]);
});

test("protects what holds data where the stack asks for it", () => {
  const kept = custom().filter(({ protect }) => protect);
  expect(kept.map(({ name }) => name).sort()).toEqual([
    "db-1-volume",
    "db-2-volume",
    "encryption-key",
    "lb-1-address",
  ]);
});

test("tags every resource that can be with its name, tier and stack", () => {
  const tagged = custom().filter(({ inputs }) => inputs.tags !== undefined);
  for (const { name, inputs } of tagged) {
    const { Name, Tier, ...others } = inputs.tags as Record<string, string>;
    expect([name, Name !== "", ["edge", "web", "data", "ops"].includes(Tier), others]).toEqual([
      name,
      true,
      true,
      { Site: "foobar", Stack: "baseline" },
    ]);
  }
  const untagged = new Set(
    custom()
      .filter(({ inputs }) => inputs.tags === undefined)
      .map(({ type }) => type.split(":").at(-1)),
  );
  expect([...untagged].sort()).toMatchInlineSnapshot(`
   [
     "Alias",
     "BucketPolicy",
     "BucketPublicAccessBlock",
     "BucketServerSideEncryptionConfiguration",
     "BucketVersioning",
     "CertRequest",
     "EipAssociation",
     "LocallySignedCert",
     "NetworkAclAssociation",
     "NetworkAclRule",
     "PrivateKey",
     "RandomPassword",
     "Record",
     "RolePolicy",
     "Route",
     "RouteTableAssociation",
     "SecretVersion",
     "SelfSignedCert",
     "VolumeAttachment",
   ]
  `);
});

test("binds every hook of a site with an address of its own", () => {
  expect(boundHooks(cloud)).toEqual([
    "foobar-address-left",
    "foobar-agreed",
    "foobar-attached",
    "foobar-detaching",
    "foobar-leaving",
    "foobar-named",
  ]);
});
