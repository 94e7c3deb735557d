import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentFiles, type AgentKind } from "./agent";
import { cloudConfig, type HostFile } from "./cloud-init";
import type { Tier } from "./ports";
import type { WebServerProgram } from "./shape";

/** What every host is told, whatever its tier. */
export interface HostCommon {
  /** The host's short name: `web-1`. */
  name: string;
  /** The private zone, in which hosts find each other. */
  domain: string;
  /** AWS region of the bucket and the secrets. */
  region: string;
  /** The bucket of bundles, reports and drain requests. */
  bucket: string;
  /** Key of the packed `host/` folder in the bucket. */
  hostBundleKey: string;
  /** What the names of the stack's secrets begin with: `foobar/dev`. */
  secretPrefix: string;
  agent: AgentKind;
  /** @default "datadoghq.com" */
  datadogSite?: string;
}

const NAME = /^[a-z][a-z0-9-]{0,62}$/;
/** What fits unquoted in a file that both bash and systemd read. */
const VALUE = /^[A-Za-z0-9._,:/+=@-]*$/;

/** @throws unless every name is a single DNS label, since it becomes part of configuration and of host names. */
export function checkNames(field: string, names: string[]): void {
  for (const name of names) {
    if (!NAME.test(name)) {
      throw new Error(`${field}: want a host's short name such as web-1, got "${name}"; use a-z, 0-9 and -`);
    }
  }
}

/** @throws unless the value is a whole number from `low` to `high`. */
export function checkRange(field: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new Error(`${field}: want a whole number from ${low} to ${high}, got ${value}; change it`);
  }
}

/** `/etc/foobar/host.env`: the settings that the host's scripts read. */
function hostEnvironment(settings: Record<string, string>): string {
  const lines = Object.entries(settings).map(([key, value]) => {
    if (!VALUE.test(value)) {
      throw new Error(`${key}: want letters, digits and . _ , : / + = @ -, got "${value}"; rename it`);
    }
    return `${key}=${value}\n`;
  });
  return `# Settings of this host, read by its scripts and units.\n${lines.join("")}`;
}

/** The unit that provisions the host. A unit and not a bare command: a failure of any kind, kills included, is reported. */
const BOOT_UNIT = `[Unit]
Description=Provision this host from its bundle
After=network-online.target
Wants=network-online.target
OnFailure=foobar-boot-failed.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/foobar-bootstrap
# A bare image installs its packages first.
TimeoutStartSec=15min
`;

const BOOT_FAILED_UNIT = `[Unit]
Description=Report that provisioning this host failed

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/foobar-bootstrap --report-failure
`;

/** Nothing that a package brings may start before its configuration and certificates are in place. */
function presets(tier: Tier): string {
  const units: Record<Tier, string[]> = {
    lb: ["haproxy.service"],
    web: ["haproxy.service", "nginx.service", "apache2.service", "apache-htcacheclean.service"],
    db: ["mysql.service"],
  };
  const lines = [...units[tier], "prometheus*.service", "prometheus*.timer"].map(
    (unit) => `disable ${unit}\n`,
  );
  return `# Packages start nothing by themselves: the boot does, when configuration and certificates are there.\n${lines.join("")}`;
}

/** The complete user data of a host: its settings, its bootstrap, the agent's files and those of its tier. */
export function hostUserData(
  common: HostCommon & { server?: WebServerProgram },
  tier: Tier,
  settings: Record<string, string>,
  files: HostFile[],
): string {
  checkNames("name", [common.name]);
  const fqdn = `${common.name}.${common.domain}`;
  const environment = hostEnvironment({
    FOOBAR_HOST: common.name,
    FOOBAR_TIER: tier,
    FOOBAR_DOMAIN: common.domain,
    FOOBAR_REGION: common.region,
    FOOBAR_BUCKET: common.bucket,
    FOOBAR_HOST_BUNDLE: common.hostBundleKey,
    FOOBAR_SECRETS: common.secretPrefix.replace(/\/$/, ""),
    FOOBAR_AGENT: common.agent,
    ...settings,
  });
  return cloudConfig({
    comment: `${fqdn}: configuration only. Secrets, certificates and programs are fetched with the host's role.`,
    hostname: common.name,
    fqdn,
    files: [
      { path: "/etc/foobar/host.env", content: environment },
      ...files,
      ...agentFiles({
        kind: common.agent,
        tier,
        server: common.server,
        fqdn,
        datadogSite: common.datadogSite ?? "datadoghq.com",
      }),
      { path: "/etc/systemd/system-preset/00-foobar.preset", content: presets(tier) },
      { path: "/etc/systemd/system/foobar-boot.service", content: BOOT_UNIT },
      { path: "/etc/systemd/system/foobar-boot-failed.service", content: BOOT_FAILED_UNIT },
      {
        path: "/usr/local/sbin/foobar-bootstrap",
        content: readFileSync(join(__dirname, "bootstrap.sh"), "utf8"),
        mode: "0755",
      },
    ],
    commands: [["systemctl", "start", "foobar-boot.service"]],
  });
}
