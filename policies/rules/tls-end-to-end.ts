import { notApplicable, rule, unknown, violation } from "../rule";
import { ledger, type Hop } from "../tls/tls-ledger";

export const tlsEndToEnd = rule({
  id: "tls-end-to-end",
  title: "Every connection between hosts is encrypted, and whoever connects checks who answers",
  why: "Whoever can read a network inside of a cloud, a neighbour, an administrator or a captured host, reads whatever is plain there: passwords, sessions, customers' data. Encryption alone is not enough: without a check of authority and name, anybody can stand in the middle with a certificate of his own. The rule keeps a ledger of every hop, as the hosts are really configured.",
  sources: [
    {
      title: "AWS Well-Architected Framework, SEC09-BP02: Enforce encryption in transit",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_transit_encrypt.html",
    },
    {
      title: "AWS Well-Architected Framework, SEC09-BP03: Authenticate network communications",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_transit_authentication.html",
    },
    {
      title: "HAProxy 3.0 configuration manual, section 5.2: verify",
      url: "https://docs.haproxy.org/3.0/configuration.html#5.2-verify",
    },
    {
      title:
        "MySQL 8.4 Reference Manual: Securing Group Communication Connections with Secure Socket Layer (SSL)",
      url: "https://dev.mysql.com/doc/refman/8.4/en/group-replication-secure-socket-layer-support-ssl.html",
    },
  ],
  fix: "Let both ends of the hop speak TLS, with the authority and the name checked by whoever connects; let load balancers show the web servers a certificate, too.",
  severity: "critical",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC09-BP02" },
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC09-BP03" },
    { name: "NIST SP 800-53", version: "Rev. 5", reference: "SC-8(1)" },
    { name: "PCI DSS", version: "4.0.1", reference: "4.2.1" },
  ],
  flaw: "tls-ends-at-load-balancer",
  examples: {
    language: "haproxy",
    bad: "server web-1 web-1.foobar.internal:8080 check\n",
    good: "server web-1 web-1.foobar.internal:8443 ssl verify required ca-file /etc/haproxy/tls/ca.pem crt /etc/haproxy/tls/host.pem verifyhost web-1.foobar.internal check\n",
  },
  proof:
    "The lab listens on every wire between its hosts while a page with a known word is written and read: the word is seen on the hops that the ledger calls plain, and on no other. A host with a certificate of another authority, or with another host's name, is refused.",
  check(site) {
    if (site.hosts.length === 0) return notApplicable("the stack has no hosts");
    return ledger(site)
      .filter(({ protection }) => protection !== "verified")
      .map((hop) =>
        hop.protection === "unknown"
          ? unknown(hop.resource, hop.evidence, `how ${nameOf(hop)} is protected`)
          : violation(
              hop.resource,
              `${nameOf(hop)} is ${hop.protection}: ${hop.evidence}${hop.fix ? `; ${hop.fix}` : ""}`,
            ),
      );
  },
});

function nameOf({ purpose, from, to }: Hop): string {
  return `${purpose === "anything" ? "" : `${purpose} `}${from} → ${to}`;
}
