import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "../support/python";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "packages-test-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe("what is installed", () => {
  const missing = (wanted: string[], output: string) =>
    python("from foobar_host import packages", "packages.missing(given['wanted'], given['output'])", {
      wanted,
      output,
    });

  test("is only what dpkg does not call installed", () => {
    const output = "haproxy installed\nnginx config-files\nnodejs \n";
    expect(missing(["haproxy", "nginx", "nodejs", "curl"], output)).toEqual(["nginx", "nodejs", "curl"]);
  });

  test("is nothing on an image that has everything", () => {
    expect(missing(["haproxy"], "haproxy installed\n")).toEqual([]);
  });
});

/** Installs with programs that only note what they find; `end` is apt-get's exit code. */
function install(end = 0): string[] {
  return python(
    `import subprocess
from pathlib import Path
from types import SimpleNamespace
from foobar_host import packages
packages.HIDDEN = [Path(given, "site.cnf")]
packages.POLICY = Path(given, "policy-rc.d")
seen = []
def look(*command, **_):
    policy = subprocess.run([packages.POLICY, "nginx", "start"]).returncode if packages.POLICY.exists() else 0
    seen.append(f"{'install' if 'install' in command else 'update'}: settings {packages.HIDDEN[0].exists()}, policy {policy}")
    if "install" in command and ${end}:
        raise subprocess.CalledProcessError(${end}, command)
packages.system.run = look
packages.subprocess = SimpleNamespace(run=lambda *_, **__: SimpleNamespace(stdout=""))
packages.print = lambda *_, **__: None
try:
    packages.install(["mysql-server"])
except subprocess.CalledProcessError:
    seen.append("failed")`,
    "seen",
    folder,
  ) as string[];
}

describe("while packages are installed", () => {
  const settings = (): string => join(folder, "site.cnf");
  beforeEach(() => writeFileSync(settings(), "[mysqld]\n"));

  test.each([
    ["works", 0, []],
    ["fails", 100, ["failed"]],
  ])(
    "no service starts and MySQL's settings are out of sight, and after it %s all is as before",
    (_, end, more) => {
      expect(install(end)).toEqual([
        "update: settings True, policy 0",
        "install: settings False, policy 101",
        ...more,
      ]);
      expect(readFileSync(settings(), "utf8")).toBe("[mysqld]\n");
      expect(existsSync(join(folder, "policy-rc.d"))).toBe(false);
    },
  );

  test("a policy that the image has stays in force", () => {
    const policy = join(folder, "policy-rc.d");
    writeFileSync(policy, "#!/bin/sh\nexit 104\n", { mode: 0o755 });
    expect(install()).toContain("install: settings False, policy 104");
    expect(existsSync(policy)).toBe(true);
  });
});
