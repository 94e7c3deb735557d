import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBalancerSecrets, webServerSecrets } from "../../components/render";
import { python } from "../support/python";

describe("secrets of a host", () => {
  const list = (tier: string, more: Record<string, string> = {}) =>
    python(
      "from foobar_host import secrets, settings",
      "[(f.secret, f.path, oct(f.mode), f.when_changed) for f in secrets.secret_files(settings.Settings(given))]",
      {
        ...{ FOOBAR_TIER: tier, FOOBAR_AGENT: "prometheus", FOOBAR_HOST: `${tier}-1` },
        ...{ FOOBAR_TLS: "terminate", FOOBAR_BALANCERS: "lb-1.foobar.internal" },
        ...{ FOOBAR_DATABASE: "pair", FOOBAR_SERVER: "nginx", FOOBAR_TRANSPORTS: "plain", ...more },
      },
    ) as [string, string, string, string[]][];

  test("are those of its tier and no others", () => {
    expect(list("lb").map(([secret]) => secret)).toEqual(["tls/site"]);
    expect(list("web").map(([secret]) => secret)).toEqual(["tls/ca", "mysql/app"]);
    expect(list("db").map(([secret]) => secret)).toEqual(["tls/ca", "tls/db-1", "tls/db-1"]);
    expect(list("db", { FOOBAR_DATABASE: "group" }).map(([secret]) => secret)).toContain("mysql/replication");
    expect(list("lb", { FOOBAR_AGENT: "datadog" }).map(([secret]) => secret)).toContain("datadog/api-key");
  });

  test("are those that the deployment grants, whatever the shape", () => {
    const names = (files: [string, ...unknown[]][]) => [...new Set(files.map(([secret]) => secret))].sort();
    for (const tls of ["terminate", "end-to-end", "passthrough"] as const)
      for (const balancers of [["lb-1"], ["lb-1", "lb-2"]]) {
        const told = {
          FOOBAR_TLS: tls,
          FOOBAR_BALANCERS: balancers.map((one) => `${one}.foobar.internal`).join(","),
        };
        const granted = loadBalancerSecrets({ name: "lb-1", tls, balancers }).sort();
        expect([tls, balancers, names(list("lb", told))]).toEqual([tls, balancers, granted]);
      }
    for (const transports of [["plain"], ["mutual-tls"], ["site-tls"], ["plain", "mutual-tls"]] as const) {
      const found = names(list("web", { FOOBAR_TRANSPORTS: transports.join(",") }));
      expect(found).toEqual(webServerSecrets({ name: "web-1", transports: [...transports] }).sort());
    }
  });

  test("of a web server reload whichever program it runs", () => {
    const unit = (server: string) =>
      list("web", { FOOBAR_SERVER: server, FOOBAR_TRANSPORTS: "mutual-tls" }).find(
        ([, path]) => path === "/etc/foobar/tls/host.key",
      )?.[3];
    expect(unit("nginx")).toEqual(["systemctl", "reload", "nginx.service"]);
    expect(unit("apache")).toEqual(["systemctl", "reload", "apache2.service"]);
  });

  test("are readable by their service and by nobody else", () => {
    for (const [, , mode] of [...list("lb"), ...list("web"), ...list("db")]) expect(mode).toMatch(/0o6[04]0/);
    for (const [secret, , mode] of list("db", { FOOBAR_DATABASE: "group" }))
      if (secret.startsWith("mysql/")) expect(mode).toBe("0o600");
  });

  test("the site's certificate, chain and key make one file, in this order", () => {
    const value = JSON.stringify({ certificate: "CERT\n", chain: "CHAIN", privateKey: "KEY\n" });
    expect(python("from foobar_host import secrets", "secrets.site_bundle(given)", value)).toBe(
      "CERT\nCHAIN\nKEY\n",
    );
    const alone = JSON.stringify({ certificate: "CERT", chain: "", privateKey: "KEY" });
    expect(python("from foobar_host import secrets", "secrets.site_bundle(given)", alone)).toBe(
      "CERT\nKEY\n",
    );
  });

  test("a changed one names its command once, an unchanged one none", () => {
    const folder = mkdtempSync(join(tmpdir(), "foobar-secrets-"));
    const setup = `from foobar_host import secrets
reload = ("systemctl", "reload", "x")
files = [secrets.SecretFile("a", "${folder}/a", None, when_changed=reload), secrets.SecretFile("b", "${folder}/b", None, when_changed=reload)]
first = secrets.install(files, {"a": "1", "b": "1"})
second = secrets.install(files, {"a": "1", "b": "1"})
third = secrets.install(files, {"a": "1", "b": "2"})`;
    const command = [["systemctl", "reload", "x"]];
    expect(python(setup, "[first, second, third]")).toEqual([command, [], command]);
    expect(readFileSync(join(folder, "b"), "utf8")).toBe("2");
    expect(statSync(join(folder, "b")).mode & 0o777).toBe(0o640);
  });
});
