import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { python } from "../support/python";

const host = join(__dirname, "../../host");
const walk = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
  );

describe("a unit that does not run", () => {
  const failures = (activeState: string, restarts: number) =>
    python(
      `from types import SimpleNamespace
from foobar_host import system
system.run = lambda *command, **_: SimpleNamespace(
    stdout={"systemctl": "NRestarts=${restarts}\\nActiveState=${activeState}\\n", "journalctl": "a mistake\\n"}[command[0]]
)`,
      "system.failures(['foobar-app.service'])",
    );

  test("is named with the end of its log", () => {
    expect(failures("failed", 0)).toEqual(["foobar-app.service failed: a mistake"]);
  });

  test("is named too when systemd starts it again and again", () => {
    expect(failures("activating", 4)).toEqual(["foobar-app.service failed: a mistake"]);
  });

  test("is waited for while it starts, and after the one restart of a CLONE", () => {
    expect(failures("activating", 1)).toEqual([]);
  });
});

describe("the host bundle", () => {
  const programs = readdirSync(join(host, "bin")).map((name) => join(host, "bin", name));

  test("has programs that may be executed and say by what", () => {
    for (const path of programs) {
      expect(statSync(path).mode & 0o111).toBe(0o111);
      expect(readFileSync(path, "utf8")).toMatch(/^#!\/(usr\/bin\/python3|bin\/bash)\n/);
    }
  });

  test("is accepted by bash and Python", () => {
    const scripts = [...programs, join(__dirname, "../../components/render/bootstrap.sh")];
    for (const path of scripts.filter((one) => readFileSync(one, "utf8").startsWith("#!/bin/bash"))) {
      execFileSync("bash", ["-n", path]);
    }
    const sources = [...walk(join(host, "lib")).filter((path) => path.endsWith(".py"))];
    sources.push(...programs.filter((path) => readFileSync(path, "utf8").startsWith("#!/usr/bin/python3")));
    expect(sources.length).toBeGreaterThan(10);
    // names that nobody defined show on a host otherwise, and there only when they are used
    execFileSync("pyflakes3", sources, { stdio: "pipe", encoding: "utf8" });
    expect(python("import ast", "len([ast.parse(open(path).read(), path) for path in given])", sources)).toBe(
      sources.length,
    );
  });

  test("limits the memory of everything that runs beside the site's own services", () => {
    const units = walk(join(host, "files")).filter((path) =>
      /agent-|foobar-(drain|refresh|role|app)\.service/.test(path),
    );
    expect(units.length).toBeGreaterThan(6);
    for (const path of units) expect(readFileSync(path, "utf8")).toMatch(/^MemoryMax=\d+M$/m);
  });

  test("stops HAProxy softly, in more time than it takes itself", () => {
    for (const tier of ["lb", "web"]) {
      const unit = readFileSync(
        join(host, "files", tier, "etc/systemd/system/haproxy.service.d/foobar.conf"),
        "utf8",
      );
      expect(unit).toContain("KillSignal=SIGUSR1\n");
      expect(unit).toContain("TimeoutStopSec=40s\n");
    }
  });
});

describe("settings", () => {
  test("are read as they were rendered, and a missing one is named", () => {
    const setup = `from foobar_host import settings
s = settings.Settings(settings.parse_env("# a comment\\nFOOBAR_HOST=web-1\\nFOOBAR_DOMAIN=foobar.internal\\n"))
try: s.bucket; said = ""
except AttributeError as error: said = str(error)`;
    expect(python(setup, "[s.fqdn, said]")).toEqual([
      "web-1.foobar.internal",
      "/etc/foobar/host.env: want FOOBAR_BUCKET, got nothing; render this host's user data again",
    ]);
  });
});

describe("the keyring of Datadog's repository", () => {
  test("holds the keys in binary form, without the armour's checksum", () => {
    const block =
      "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\naGVs\nbG8=\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";
    expect(python("from foobar_host import datadog", "datadog.dearmor(given).decode()", block)).toBe("hello");
  });
});
