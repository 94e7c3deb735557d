import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Access } from "./components/access";
import { capacityOf } from "./components/capacity";
import { Certificates, certificateSecrets } from "./components/certificates";
import { DatabaseAccounts } from "./components/database-accounts";
import { DatabaseServer } from "./components/database-server";
import { PrivateZone, PublicZone } from "./components/dns";
import { EncryptionKey } from "./components/encryption-key";
import { Firewall } from "./components/firewall";
import type { Placement } from "./components/host";
import { imageId } from "./components/image";
import { InstanceRole } from "./components/instance-role";
import { awsSignals } from "./components/lifecycle/aws-signals";
import { registerHooks } from "./components/lifecycle/hooks";
import { LoadBalancer } from "./components/load-balancer";
import { Monitoring } from "./components/monitoring";
import { Network } from "./components/network";
import { Storage } from "./components/storage";
import type { Tier } from "./components/tags";
import { Vault } from "./components/vault";
import { WebServer } from "./components/web-server";
import { readSite, type HostPlan } from "./config";

const site = readSite();
const { siteName, region, protect, internalDomain: domain } = site;
const account = aws.getCallerIdentityOutput().accountId;
const bucket = pulumi.interpolate`foobar-${site.stack}-${account}`;
const databaseNames = site.databases.map(({ name }) => name);
const hooks = registerHooks({ ...site, databases: databaseNames, signals: awsSignals(bucket, region) });

// The ground: addresses and routes, names, a way in for people, the three firewalls.
const network = new Network("network", { cidr: site.cidr, zones: site.zones });
const { vpcId, subnets } = network;
const { zoneId } = new PrivateZone("private-zone", { domain, vpcId });
const access = new Access("access", { vpcId, subnetId: subnets.edge[site.zones[0]] }).groupId;
const edge = new Firewall("edge-firewall", { tier: "edge", network, peers: { access } });
const web = new Firewall("web-firewall", { tier: "web", network, peers: { access, edge: edge.groupId } });
const data = new Firewall("data-firewall", { tier: "data", network, peers: { access, web: web.groupId } });

// What hosts fetch: certificates, passwords, programs.
const key = new EncryptionKey("encryption", { account, protect });
const diskKey = site.encryptAtRest ? key.arn : undefined;
const certificates = new Certificates("certificates", {
  siteNames: [siteName, site.domain],
  hosts: databaseNames,
  domain,
});
const accounts = new DatabaseAccounts("database-accounts");
const vault = new Vault("vault", {
  prefix: `foobar/${site.stack}`,
  keyArn: key.arn,
  recoveryDays: protect ? 30 : 0,
  secrets: { ...certificateSecrets(certificates), ...accounts.secrets, ...site.monitoring.secrets },
});
const storage = new Storage("storage", {
  bucket,
  hostFolder: join(__dirname, "host"),
  appBundle: site.appBundle,
  keyArn: diskKey,
  protect,
});

/** Where and as whom the hosts of a tier run. */
function tier(
  name: Tier,
  firewall: Firewall,
  image: pulumi.Input<string>,
  bundles: string[],
  secrets: string[],
) {
  const role = new InstanceRole(`${name}-role`, {
    ...{ tier: name, account, region, bucket, secretPrefix: vault.prefix },
    bundles: [storage.hostBundleKey, ...bundles],
    secrets: [...secrets, ...Object.keys(site.monitoring.secrets)],
    encryptedBucket: site.encryptAtRest,
  });
  return ({ instanceType, zone }: HostPlan): Placement => ({
    ...{ instanceType, image, zoneId, domain, hooks, keyArn: diskKey },
    subnetId: subnets[name][zone],
    groupId: firewall.groupId,
    profile: role.profile,
    bootAfter: [network, firewall, vault, storage, role],
  });
}
const debian = imageId("debian", site.images.debian);
const ubuntu = imageId("ubuntu", site.images.ubuntu);
const databaseSecrets = [
  "tls/ca",
  ...databaseNames.map((name) => `tls/${name}`),
  "mysql/app",
  "mysql/replication",
];
const edgeTier = tier("edge", edge, debian, [], ["tls/site"]);
const webTier = tier("web", web, debian, [storage.appBundleKey], ["tls/ca", "mysql/app"]);
const dataTier = tier("data", data, ubuntu, [], databaseSecrets);
const settings = {
  ...{ domain, region, bucket, agent: site.monitoring.agent, datadogSite: site.monitoring.site },
  hostBundleKey: storage.hostBundleKey,
  secretPrefix: vault.prefix,
};

// The hosts, from the data outwards. Each waits for the one before it when it is replaced, and for nothing else.
const databases: DatabaseServer[] = [];
for (const plan of site.databases)
  databases.push(
    new DatabaseServer(plan.name, {
      ...{ settings, members: databaseNames, protect },
      ...{ database: "pair", primaryName: databaseNames[0], role: plan.role },
      ...{ serverId: plan.serverId, zone: plan.zone, volumeGiB: site.databaseVolumeGiB },
      placement: dataTier(plan),
      capacity: capacityOf(plan.instanceType),
      after: databases.slice(-1).map(({ attachment }) => attachment),
    }),
  );
const webServers: WebServer[] = [];
for (const plan of site.webServers)
  webServers.push(
    new WebServer(plan.name, {
      ...{ settings, siteName, databases: databaseNames, readWeights: site.readWeights },
      ...{ apexName: site.domain, server: "nginx", transports: ["plain"], database: "pair" },
      appBundleKey: storage.appBundleKey,
      placement: webTier(plan),
      after: [...databases.map(({ attachment }) => attachment), ...webServers.map(({ host }) => host.record)],
    }),
  );
const loadBalancer = new LoadBalancer(site.loadBalancer.name, {
  ...{ settings, siteName, apexName: site.domain, protect },
  ...{ tls: "terminate", entrance: "elastic-ip", balancers: [site.loadBalancer.name], mode: "active-active" },
  webServers: site.webServers.map(({ name, instanceType }) => ({ name, capacity: capacityOf(instanceType) })),
  placement: edgeTier(site.loadBalancer),
  after: webServers.map(({ host }) => host.record),
});
const publicZone = new PublicZone("public-zone", {
  domain: site.domain,
  siteName,
  address: loadBalancer.address!,
});
new Monitoring("monitoring", {
  agent: site.monitoring.agent,
  receiver: site.monitoring.receiver,
  webServers: site.webServers.length,
});

export const url = `https://${siteName}`;
export const siteAddress = loadBalancer.address;
export const caCertificate = certificates.caCertificate;
export const nameServers = publicZone.nameServers;
export const hosts = Object.fromEntries(
  [loadBalancer, ...webServers, ...databases].map(({ host }) => [host.fqdn, host.privateIp]),
);
export { bucket };
