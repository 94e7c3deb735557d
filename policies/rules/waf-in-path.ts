import { Host } from "../site/host";
import { byName } from "../site/order";
import type { WebListener } from "../parse/web";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";

export const wafInPath = rule({
  id: "waf-in-path",
  title: "Every request passes a web application firewall that blocks",
  why: "A firewall that lets HTTPS in lets every attack on the application in with it. A web application firewall reads the request itself. One that only detects writes down what has happened; it stops nothing. It has to stand where no request gets past it, so every listener that pages come from needs it.",
  sources: [
    { title: "OWASP Core Rule Set documentation", url: "https://coreruleset.org/docs/" },
    {
      title: "ModSecurity: Reference Manual (v3.x), SecRuleEngine",
      url: "https://github.com/owasp-modsecurity/ModSecurity/wiki/Reference-Manual-(v3.x)",
    },
    {
      title: "AWS Well-Architected Framework, SEC05-BP03: Implement inspection-based protection",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_network_protection_inspection.html",
    },
  ],
  fix: 'Load ModSecurity and the OWASP Core Rule Set in the server block that serves the application, with "SecRuleEngine On".',
  severity: "high",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC05-BP03" },
    { name: "PCI DSS", version: "4.0.1", reference: "6.4.2" },
    { name: "CIS Controls", version: "8.1", reference: "13.10" },
  ],
  flaw: "no-waf",
  examples: {
    language: "nginx",
    bad: "server {\n    listen 8443 ssl;\n    modsecurity on;\n    modsecurity_rules 'SecRuleEngine DetectionOnly';\n}\n",
    good: "server {\n    listen 8443 ssl;\n    modsecurity on;\n    # SecRuleEngine On, and the Core Rule Set\n    modsecurity_rules_file /etc/nginx/modsecurity.conf;\n}\n",
  },
  proof:
    "The lab sends SQL injections and scripts to every web server, through the load balancer and past it: each is answered with 403.",
  check(site) {
    const findings: Finding[] = [];
    const ports = new Map<Host, Set<number>>();
    for (const { purpose, to, port } of site.topology.connections)
      if (purpose === "page" && to instanceof Host) ports.set(to, (ports.get(to) ?? new Set()).add(port));
    let served = 0;
    for (const host of byName(site.hosts)) {
      const { web } = host;
      if (isUnknown(web)) {
        findings.push(unknown(host.resource, web, `whether ${host.name} has a web application firewall`));
        continue;
      }
      const reached = (web ?? []).filter((one) => ports.get(host)?.has(one.port) && !one.statusOnly);
      served += reached.length;
      findings.push(...unprotected(host, reached));
    }
    return served === 0 && findings.length === 0
      ? notApplicable("no web server of this stack answers pages")
      : findings;
  },
});

/** One finding for each way in which a host's listeners lack it. */
function unprotected(host: Host, listeners: readonly WebListener[]): Finding[] {
  const portsOf = (waf: WebListener["waf"]) => {
    const found = listeners.filter((one) => one.waf === waf).map(({ port }) => port);
    return [...new Set(found)].sort((a, b) => a - b).join(", ");
  };
  const off = portsOf("off");
  const detecting = portsOf("detecting");
  return [
    ...(off
      ? [
          `${host.name}: nothing inspects requests to port ${off}, want ModSecurity with the OWASP Core Rule Set; load both and set "SecRuleEngine On"`,
        ]
      : []),
    ...(detecting
      ? [
          `${host.name}: the web application firewall on port ${detecting} only detects, want it to block; set "SecRuleEngine On"`,
        ]
      : []),
  ].map((message) => violation(host.resource, message));
}
