import { gunzipSync } from "node:zlib";
import type { Fixture, UserData } from "../../support/policies";
import { APACHE, HAPROXY, MYSQL, NFTABLES, NGINX } from "./mutation";

/** A change that says the same in other words, or that is somebody's right. */
interface Harmless {
  change: string;
  make: (site: Fixture) => unknown;
}

const LISTENER = /<VirtualHost \*:8443>[^]*?<\/VirtualHost>\n/;

export const HARMLESS: readonly Harmless[] = [
  {
    change: "a fault in a comment",
    make: (site) =>
      site.edit(
        "lb-1",
        HAPROXY,
        "backend web\n",
        "backend web\n    # server web-9 10.0.0.9:80 verify none\n",
      ),
  },
  {
    change: "a path in quotes",
    make: (site) =>
      site.edit("lb-1", HAPROXY, "ca-file /etc/haproxy/tls/ca.pem", 'ca-file "/etc/haproxy/tls/ca.pem"'),
  },
  {
    change: "TLS on every server line in place of default-server",
    make: (site) =>
      site
        .edit(
          "lb-1",
          HAPROXY,
          /default-server ssl verify required ca-file \S+ crt \S+ alpn/,
          "default-server alpn",
        )
        .edit(
          "lb-1",
          HAPROXY,
          /(server web-\d .* check-sni .*)$/gm,
          "$1 ssl verify required ca-file /etc/haproxy/tls/ca.pem crt /etc/haproxy/tls/host.pem",
        ),
  },
  {
    change: "a time in milliseconds",
    make: (site) => site.edit("lb-1", HAPROXY, "timeout server 15s", "timeout server 15000"),
  },
  {
    change: "the same weights as smaller numbers",
    make: (site) => {
      for (const host of ["lb-1", "lb-2"])
        site.edit(host, HAPROXY, "weight 128", "weight 50").edit(host, HAPROXY, "weight 256", "weight 100");
    },
  },
  {
    change: "HSTS with preload",
    make: (site) => site.edit("lb-2", HAPROXY, "includeSubDomains", "includeSubDomains; preload"),
  },
  {
    change: "dashes and numbers in my.cnf",
    make: (site) =>
      site
        .edit("db-1", MYSQL, "require_secure_transport = ON", "require-secure-transport=1")
        .edit("db-1", MYSQL, "sync_binlog = 1", "sync-binlog=1"),
  },
  {
    change: "a setting whose last word is right",
    make: (site) =>
      site.edit("db-2", MYSQL, "binlog_encryption = ON", "binlog_encryption = OFF\nbinlog_encryption = ON"),
  },
  {
    change: "line ends of another system",
    make: (site) => site.write("db-3", MYSQL, site.file("db-3", MYSQL).replaceAll("\n", "\r\n")),
  },
  {
    change: "nginx's TLS in a file that it includes",
    make: (site) =>
      site
        .edit("web-1", NGINX, "ssl_protocols TLSv1.3;", "include /etc/nginx/tls.conf;")
        .write("web-1", "/etc/nginx/tls.conf", "ssl_protocols TLSv1.3;\n"),
  },
  {
    change: "a client certificate that the outer block asks for",
    make: (site) =>
      site
        .edit("web-2", NGINX, "        ssl_verify_client on;\n", "")
        .edit("web-2", NGINX, "    server_tokens off;", "    server_tokens off;\n    ssl_verify_client on;"),
  },
  {
    change: "Apache's virtual host in a file of its own",
    make: (site) => {
      const text = site.file("web-3", APACHE);
      const [listener] = LISTENER.exec(text)!;
      site
        .write("web-3", "/etc/apache2/sites-enabled/site.conf", listener)
        .write("web-3", APACHE, text.replace(LISTENER, "IncludeOptional sites-enabled/*.conf\n"));
    },
  },
  {
    change: "ports of nftables in a set",
    make: (site) =>
      site.edit(
        "web-1",
        NFTABLES,
        /tcp dport 80 accept comment "packages"\n\s*tcp dport 443 accept/,
        "tcp dport { 80, 443 } accept",
      ),
  },
  {
    change: "tags that lie",
    make: (site) => site.change("db-1-instance", { tags: { Name: "lb-1", Tier: "edge", Public: "true" } }),
  },
  {
    change: "user data that is not compressed",
    make: (site) => {
      const { base64 } = site.get("web-1-instance", "userDataBase64") as UserData;
      const userData = gunzipSync(Buffer.from(base64, "base64")).toString();
      site.change("web-1-instance", { userDataBase64: undefined, userData });
    },
  },
  {
    change: "rights in a policy that is attached",
    make: (site) => {
      const policy = site.get("web-role-policy", "policy");
      site.remove("web-role-policy").add("aws:iam/policy:Policy", "web-rights", { policy });
      site.add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "web-rights-of-role", {
        role: site.ref("web-role"),
        policyArn: site.ref("web-rights"),
      });
    },
  },
];
