import type { HostFile } from "../../../components/render/cloud-init";
import { databaseProxyConfig } from "../../../components/render/haproxy-database";
import { apacheConfig } from "./apache";
import { commonFiles } from "./common-files";
import { UserData, type Reference } from "./values";
import { balancerConfig } from "./haproxy";
import { groupConfig, KEYRING_FILES } from "./mysql";
import { nginxConfig, WAF_RULES } from "./nginx";
import { DOMAIN, IMAGES, SITE_NAME, type Ground, type HostPlan, type Tier } from "./plan";

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
    database: "group",
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
