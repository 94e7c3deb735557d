import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "../support/python";

describe("secrets of a host", () => {
  const list = (tier: string, agent = "prometheus", database = "pair") =>
    python(
      "from foobar_host import secrets, settings",
      "[(f.secret, f.path, oct(f.mode)) for f in secrets.secret_files(settings.Settings(given))]",
      { FOOBAR_TIER: tier, FOOBAR_AGENT: agent, FOOBAR_HOST: `${tier}-1`, FOOBAR_DATABASE: database },
    ) as [string, string, string][];

  test("are those of its tier and no others", () => {
    expect(list("lb").map(([secret]) => secret)).toEqual(["tls/site"]);
    expect(list("web").map(([secret]) => secret)).toEqual(["tls/ca", "mysql/app"]);
    expect(list("db").map(([secret]) => secret)).toEqual(["tls/ca", "tls/db-1", "tls/db-1"]);
    expect(list("db", "prometheus", "group").map(([secret]) => secret)).toContain("mysql/replication");
    expect(list("lb", "datadog").map(([secret]) => secret)).toContain("datadog/api-key");
  });

  test("are readable by their service and by nobody else", () => {
    for (const [, , mode] of [...list("lb"), ...list("web"), ...list("db")]) expect(mode).toMatch(/0o6[04]0/);
    for (const [secret, , mode] of list("db", "prometheus", "group"))
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
