import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentFiles } from "../../../components/render/agent";
import type { HostFile } from "../../../components/render/cloud-init";
import { databaseProxyConfig } from "../../../components/render/haproxy-database";
import { apacheConfig } from "./apache";
import { UserData, type Reference } from "./fixture";
import { balancerConfig } from "./haproxy";
import { groupConfig, KEYRING_FILES } from "./mysql";
import { hostFirewall } from "./nftables";
import { nginxConfig, WAF_RULES } from "./nginx";
import { BUCKET, DOMAIN, IMAGES, REGION, SITE_NAME, type Ground, type HostPlan, type Tier } from "./plan";

const KIND = { edge: "lb", web: "web", data: "db" } as const;

/** The unit that provisions a host, and the one that reports that it failed: until then nobody sends it traffic. */
const BOOT_FILES: HostFile[] = [
  {
    path: "/etc/systemd/system/foobar-boot.service",
    content: `[Unit]
Description=Provision this host from its bundle
After=network-online.target
Wants=network-online.target
OnFailure=foobar-boot-failed.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/foobar-bootstrap
TimeoutStartSec=15min
`,
  },
  {
    path: "/etc/systemd/system/foobar-boot-failed.service",
    content: `[Unit]
Description=Report that provisioning this host failed

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/foobar-bootstrap --report-failure
`,
  },
  {
    path: "/usr/local/sbin/foobar-bootstrap",
    content: readFileSync(join(__dirname, "../../../components/render/bootstrap.sh"), "utf8"),
    mode: "0755",
  },
];

/** What each process of Datadog's Agent may take; its units are of the same names. */
const AGENT_LIMITS = { "datadog-agent": 320, "datadog-agent-process": 160, "datadog-agent-sysprobe": 256 };

/** What hosts of all tiers are told: who they are, their firewall, their agent and what it may cost. */
function commonFiles(tier: Tier, name: string, settings: Record<string, string> = {}): HostFile[] {
  const environment = {
    FOOBAR_HOST: name,
    FOOBAR_TIER: KIND[tier],
    FOOBAR_DOMAIN: DOMAIN,
    FOOBAR_REGION: REGION,
    FOOBAR_BUCKET: BUCKET,
    FOOBAR_HOST_BUNDLE: "bundles/host-0a1b2c3d4e5f.tar.gz",
    FOOBAR_SECRETS: "foobar/prod",
    FOOBAR_AGENT: "datadog",
    ...settings,
  };
  const lines = Object.entries(environment).map(([key, value]) => `${key}=${value}\n`);
  return [
    {
      path: "/etc/foobar/host.env",
      content: `# Settings of this host, read by its scripts and units.\n${lines.join("")}`,
    },
    { path: "/etc/nftables.conf", content: hostFirewall(tier), mode: "0755" },
    ...BOOT_FILES,
    ...agentFiles({
      kind: "datadog",
      tier: KIND[tier],
      fqdn: `${name}.${DOMAIN}`,
      datadogSite: "datadoghq.eu",
    }),
    ...Object.entries(AGENT_LIMITS).map(([unit, mebibytes]) => ({
      path: `/etc/systemd/system/${unit}.service.d/foobar.conf`,
      content: `[Service]\n# What the agent may cost the host.\nMemoryMax=${mebibytes}M\nCPUQuota=10%\n`,
    })),
  ];
}

const APP_ENV = (databases: { name: string }[]) => `# What the application is told.
NODE_ENV=production
PORT=3000
DATABASE_WRITE_HOST=127.0.0.1
DATABASE_WRITE_PORT=3306
DATABASE_READ_HOST=127.0.0.1
DATABASE_READ_PORT=3307
DATABASE_NAME=foobar
DATABASE_CREDENTIALS_FILE=/etc/foobar/app/database.json
DATABASE_CA_FILE=/etc/foobar/app/ca.pem
DATABASE_SERVER_NAMES=${databases.map(({ name }) => `${name}.${DOMAIN}`).join(",")}
`;

/** Apache's counters in place of nginx's: everything else of the agent is the same. */
function withApache(files: HostFile[]): HostFile[] {
  return files.map(({ path, content }) =>
    path === "/etc/datadog-agent/conf.d/nginx.d/conf.yaml"
      ? {
          path: "/etc/datadog-agent/conf.d/apache.d/conf.yaml",
          content:
            "init_config:\ninstances:\n  - apache_status_url: http://127.0.0.1:8081/server-status?auto\n",
        }
      : { path, content: content.replaceAll("nginx", "apache2") },
  );
}

/**
 * The hosts with their names, from the data outwards; names change one after another.
 * @returns the records of the load balancers
 */
export function addHosts(ground: Ground): Reference[] {
  const { plan } = ground;
  const databases: Reference[] = [];
  for (const host of plan.databases) {
    const members = plan.databases.map(({ name }) => `${name}.${DOMAIN}`).join(",");
    const files = [
      ...commonFiles("data", host.name, { FOOBAR_MEMBERS: members }),
      {
        path: "/etc/mysql/mysql.conf.d/zz-foobar.cnf",
        content: groupConfig(plan, host.name, host.serverId),
      },
      ...KEYRING_FILES,
    ];
    databases.push(addHost(ground, "data", host, files, databases.slice(-1)));
  }
  const webProxy = databaseProxyConfig({
    databases: plan.databases,
    readWeights: { primary: 0, replica: 100 },
    domain: DOMAIN,
  });
  let last = databases;
  for (const host of plan.webServers) {
    const common = commonFiles("web", host.name, {
      FOOBAR_SITE: SITE_NAME,
      FOOBAR_APP_BUNDLE: "bundles/app-5f4e3d2c1b0a.tar.gz",
      FOOBAR_RECORD_TTL_SEC: "5",
    });
    const server =
      host.server === "nginx"
        ? { path: "/etc/nginx/nginx.conf", content: nginxConfig() }
        : { path: "/etc/apache2/apache2.conf", content: apacheConfig(`${host.name}.${DOMAIN}`) };
    const files = [
      ...(host.server === "nginx" ? common : withApache(common)),
      { path: "/etc/haproxy/haproxy.cfg", content: webProxy },
      server,
      { path: "/etc/foobar/waf.conf", content: WAF_RULES },
      { path: "/etc/foobar/app.env", content: APP_ENV(plan.databases) },
    ];
    last = [addHost(ground, "web", host, files, last)];
  }
  return plan.loadBalancers.map((host) => {
    const files = [
      ...commonFiles("edge", host.name, { FOOBAR_SITE: SITE_NAME }),
      { path: "/etc/haproxy/haproxy.cfg", content: balancerConfig(plan, host.name) },
    ];
    return addHost(ground, "edge", host, files, last);
  });
}

/**
 * An instance and its record; of a database, also the volume that outlives it.
 * @param before the traffic switches that must have been made before this host's
 * @returns the host's own switch
 */
function addHost(
  ground: Ground,
  tier: Tier,
  host: HostPlan,
  files: HostFile[],
  before: Reference[],
): Reference {
  const { stack, key } = ground;
  const { name, zone } = host;
  const fqdn = `${name}.${DOMAIN}`;
  const parent = stack.add(`foobar:${tier}:Host`, name);
  const instance = stack.add(
    "aws:ec2/instance:Instance",
    `${name}-instance`,
    {
      ami: IMAGES[host.image],
      instanceType: host.instanceType,
      subnetId: ground.subnets[tier][zone],
      vpcSecurityGroupIds: [ground.groups[tier]],
      iamInstanceProfile: ground.profiles[tier],
      associatePublicIpAddress: false,
      userDataBase64: new UserData(name, fqdn, files, [
        ["systemctl", "enable", "--now", "nftables.service"],
        ["systemctl", "start", "foobar-boot.service"],
      ]),
      userDataReplaceOnChange: true,
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      rootBlockDevice: {
        volumeType: "gp3",
        volumeSize: 16,
        encrypted: true,
        kmsKeyId: key,
        deleteOnTermination: true,
      },
    },
    { parent },
  );
  const record = stack.add(
    "aws:route53/record:Record",
    `${name}-record`,
    { zoneId: ground.privateZone, name: fqdn, type: "A", ttl: 5, records: [instance] },
    { parent, dependsOn: before },
  );
  if (tier !== "data") return record;
  const volume = stack.add(
    "aws:ebs/volume:Volume",
    `${name}-volume`,
    { availabilityZone: zone, size: 100, type: "gp3", encrypted: true, kmsKeyId: key },
    { parent },
  );
  return stack.add(
    "aws:ec2/volumeAttachment:VolumeAttachment",
    `${name}-attachment`,
    { deviceName: "/dev/sdf", volumeId: volume, instanceId: instance, stopInstanceBeforeDetaching: true },
    { parent, dependsOn: [record] },
  );
}
