import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentFiles } from "../../../components/render/agent";
import type { HostFile } from "../../../components/render/cloud-init";
import { hostFirewall } from "./nftables";
import { BUCKET, DOMAIN, REGION, type Tier } from "./plan";

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
export function commonFiles(tier: Tier, name: string, settings: Record<string, string> = {}): HostFile[] {
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
