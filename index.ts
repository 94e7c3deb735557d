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
import { Entrance } from "./components/entrance";
import { Firewall } from "./components/firewall";
import { imageId } from "./components/image";
import { awsSignals } from "./components/lifecycle/aws-signals";
import { awsTargetHealth } from "./components/lifecycle/target-health";
import { registerHooks } from "./components/lifecycle/hooks";
import { LoadBalancer } from "./components/load-balancer";
import { Monitoring } from "./components/monitoring";
import { Network } from "./components/network";
import { tierPlacement } from "./components/placement";
import { databaseSecrets, loadBalancerSecrets, transportsOf, webServerSecrets } from "./components/render";
import { Storage } from "./components/storage";
import { TermsRecord } from "./components/terms";
import { Vault } from "./components/vault";
import { WebServer } from "./components/web-server";
import { portShapeOf, readSite } from "./config";

const site = readSite();
const { siteName, region, protect, internalDomain: domain } = site;
const shape = portShapeOf(site);
const transports = transportsOf(site);
const account = aws.getCallerIdentityOutput().accountId;
const bucket = pulumi.interpolate`foobar-${site.stack}-${account}`;
const balancers = site.loadBalancers.map(({ name }) => name);
const members = site.databases.map(({ name }) => name);
const hooks = registerHooks({
  ...site,
  balancers,
  databases: members,
  signals: awsSignals(bucket, region),
  targets: awsTargetHealth(region),
});

// The ground: addresses and routes, names, a way in for people, the three firewalls.
const network = new Network("network", {
  ...{ cidr: site.cidr, zones: site.zones, natGateways: site.natGateways },
  privateTiers: site.entrance === "elastic-ip" ? ["web", "data"] : ["edge", "web", "data"],
});
const { vpcId, subnets } = network;
const { zoneId } = new PrivateZone("private-zone", { domain, vpcId });
const access = new Access("access", { vpcId, subnetId: subnets.public[site.zones[0]] }).groupId;
const edge = new Firewall("edge-firewall", { tier: "edge", shape, network, peers: { access } });
const web = new Firewall("web-firewall", {
  ...{ tier: "web", shape, network },
  peers: { access, edge: edge.groupId },
});
const data = new Firewall("data-firewall", {
  ...{ tier: "data", shape, network },
  peers: { access, web: web.groupId },
});

// What hosts fetch: certificates, passwords, programs.
const key = new EncryptionKey("encryption", { account, protect });
const diskKey = site.encryptAtRest ? key.arn : undefined;
const secretsOf = {
  edge: balancers.flatMap((name) => loadBalancerSecrets({ name, tls: site.tls, balancers })),
  web: site.webServers.flatMap(({ name }) => webServerSecrets({ name, transports })),
  data: members.flatMap((name) => databaseSecrets({ name })),
};
const speaksTls = (name: string) => Object.values(secretsOf).some((paths) => paths.includes(`tls/${name}`));
const certificates = new Certificates("certificates", {
  siteNames: [siteName, site.domain],
  hosts: [...balancers, ...site.webServers.map(({ name }) => name), ...members].filter(speaksTls),
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
const { tls, tlsAlso, database } = site;
const terms = new TermsRecord("terms", {
  ...{ bucket: storage.bucket, hooks, terms: { tls, tlsAlso, database } },
});

// Where and as whom hosts run.
const ground = {
  ...{ network, shape, zoneId, domain, hooks, keyArn: diskKey },
  role: { account, region, bucket, secretPrefix: vault.prefix, encryptedBucket: site.encryptAtRest },
  bundles: [storage.hostBundleKey],
  secrets: Object.keys(site.monitoring.secrets),
  bootAfter: [vault, storage, terms.intended],
};
const debian = imageId("debian", site.images.debian);
const ubuntu = imageId("ubuntu", site.images.ubuntu);
const place = {
  edge: tierPlacement(ground, "edge", {
    firewall: edge,
    image: debian,
    bundles: [],
    secrets: secretsOf.edge,
  }),
  web: tierPlacement(ground, "web", {
    ...{ firewall: web, image: debian },
    ...{ bundles: [storage.appBundleKey], secrets: secretsOf.web },
  }),
  data: tierPlacement(ground, "data", {
    firewall: data,
    image: ubuntu,
    bundles: [],
    secrets: secretsOf.data,
  }),
};
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
      ...{ settings, members, protect, ...plan.membership },
      ...{ serverId: plan.serverId, zone: plan.zone, volumeGiB: site.databaseVolumeGiB },
      placement: place.data(plan),
      capacity: capacityOf(plan.instanceType),
      after: databases.slice(-1).map(({ attachment }) => attachment),
    }),
  );
const webServers: WebServer[] = [];
for (const plan of site.webServers)
  webServers.push(
    new WebServer(plan.name, {
      ...{ settings, siteName, apexName: site.domain, databases: members, readWeights: site.readWeights },
      ...{ server: plan.server, transports, database: site.database },
      appBundleKey: storage.appBundleKey,
      placement: place.web(plan),
      after: [...databases.map(({ attachment }) => attachment), ...webServers.map(({ host }) => host.record)],
    }),
  );
/** The firewalls that clients' requests pass. */
const passed = [edge, web];
const balancedZones = [...new Set(site.loadBalancers.map(({ zone }) => zone))];
const entrance =
  edge.entranceGroupId &&
  new Entrance("entrance", {
    // An address in each zone that has a load balancer, and none that depends on another zone.
    ...{
      subnets: Object.fromEntries(balancedZones.map((zone) => [zone, subnets.public[zone]])),
      crossZone: false,
    },
    ...{ vpcId, groupId: edge.entranceGroupId, firewalls: passed, protect },
  });
const sized = site.webServers.map(({ name, instanceType }) => ({ name, capacity: capacityOf(instanceType) }));
const loadBalancers: LoadBalancer[] = [];
const switches: pulumi.Resource[] = webServers.map(({ host }) => host.record);
for (const plan of site.loadBalancers) {
  const balancer = new LoadBalancer(plan.name, {
    ...{ settings, siteName, apexName: site.domain, balancers, protect },
    ...{ tls: site.tls, entrance: site.entrance, mode: site.balancing, rateLimit: site.rateLimit },
    webServers: sized,
    placement: place.edge(plan),
    firewalls: passed,
    after: [...switches],
  });
  loadBalancers.push(balancer);
  switches.push(balancer.host.record, ...(entrance?.admit(plan.name, balancer.host, hooks) ?? []));
}
terms.reachedWith(switches);
const { address } = loadBalancers[0];
const publicZone = new PublicZone("public-zone", {
  ...{ domain: site.domain, siteName, after: switches },
  target: entrance
    ? { alias: { dnsName: entrance.dnsName, zoneId: entrance.hostedZoneId } }
    : { address: address! },
});
new Monitoring("monitoring", {
  agent: site.monitoring.agent,
  receiver: site.monitoring.receiver,
  webServers: site.webServers.length,
});

export const url = `https://${siteName}`;
export const siteAddress = entrance?.dnsName ?? address;
export const caCertificate = certificates.caCertificate;
export const nameServers = publicZone.nameServers;
export const hosts = Object.fromEntries(
  [...loadBalancers, ...webServers, ...databases].map(({ host }) => [host.fqdn, host.privateIp]),
);
export { bucket };
