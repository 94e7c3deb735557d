import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "../support/python";

describe("a load balancer that leaves", () => {
  /** Seconds that it waits, when this many clients connect in each half second. */
  const waits = (connecting: number[]) =>
    python(
      `from foobar_host import balancer
now = [0.0]
total = [0]
def ask(command):
    total[0] += given.pop(0) if given else 0
    return f"# pxname,svname,conn_tot\\nhttps,FRONTEND,{total[0]}\\nhealth,FRONTEND,{now[0]}\\nhttps,BACKEND,\\n"
def sleep(seconds):
    now[0] += seconds
balancer.wait_for_quiet(ask, lambda: now[0], sleep)`,
      "now[0]",
      connecting,
    );

  test("waits until no client has connected for a while, health checks aside", () => {
    expect(waits([])).toBe(3);
    expect(waits([5, 3, 2, 1])).toBe(4.5);
  });

  test("leaves anyway when they go on", () => {
    expect(waits(Array<number>(100).fill(1))).toBe(30);
  });

  const commands = (entrance: string) =>
    python(
      `from foobar_host import balancer, settings, system
done = []
system.run = lambda *command, **_: done.append(" ".join(command))
balancer.admin = lambda command: done.append(command)
balancer.wait_for_quiet = lambda: done.append("quiet")
balancer.leave(settings.Settings({"FOOBAR_ENTRANCE": given}))`,
      "done",
      entrance,
    );

  test("says so first, behind a network load balancer, and is not reloaded meanwhile", () => {
    expect(commands("network-load-balancer")).toEqual([
      "systemctl stop foobar-refresh.timer foobar-peers.service",
      "disable server leaving/not_yet",
      "quiet",
      "systemctl stop haproxy.service",
    ]);
    expect(commands("elastic-ip")).toEqual(["systemctl stop haproxy.service"]);
  });
});

describe("names of the other load balancers", () => {
  const folder = mkdtempSync(join(tmpdir(), "foobar-names-"));
  const hosts = join(folder, "hosts");
  writeFileSync(
    join(folder, "host.env"),
    "FOOBAR_HOST=lb-1\nFOOBAR_DOMAIN=foobar.internal\nFOOBAR_BALANCERS=lb-1.foobar.internal,lb-2.foobar.internal,lb-3.foobar.internal\n",
  );
  /** The hosts file after a look at a name service that knows these addresses. */
  const refreshed = (known: Record<string, string>) => {
    const answers = Object.entries(known).map(
      ([name, address]) => `  ${name}) echo "${address} STREAM" ;;\n`,
    );
    const getent = `#!/bin/bash\n[ "$1 $2 $3" = "-s hosts:dns ahostsv4" ] || exit 9\ncase $4 in\n${answers.join("")}  *) exit 2 ;;\nesac\n`;
    writeFileSync(join(folder, "getent"), getent);
    chmodSync(join(folder, "getent"), 0o755);
    execFileSync(join(__dirname, "../../host/bin/balancer-names"), {
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        FOOBAR_SETTINGS: join(folder, "host.env"),
        FOOBAR_HOSTS_FILE: hosts,
      },
    });
    return readFileSync(hosts, "utf8").split("\n").slice(0, -1);
  };
  const MARK = "# a load balancer of this site";

  test("are put behind what the hosts file has, its own name not among them", () => {
    writeFileSync(hosts, "127.0.0.1 localhost\n");
    expect(refreshed({ "lb-2.foobar.internal": "10.0.1.5", "lb-3.foobar.internal": "10.0.2.5" })).toEqual([
      "127.0.0.1 localhost",
      `10.0.1.5 lb-2.foobar.internal ${MARK}`,
      `10.0.2.5 lb-3.foobar.internal ${MARK}`,
    ]);
  });

  test("that moved are replaced, and those that are not known any more keep their address", () => {
    expect(refreshed({ "lb-3.foobar.internal": "10.0.2.9" })).toEqual([
      "127.0.0.1 localhost",
      `10.0.1.5 lb-2.foobar.internal ${MARK}`,
      `10.0.2.9 lb-3.foobar.internal ${MARK}`,
    ]);
  });

  test("that nobody ever knew lead nowhere, so that HAProxy starts all the same", () => {
    writeFileSync(hosts, "127.0.0.1 localhost\n");
    expect(refreshed({})).toContain(`192.0.2.1 lb-2.foobar.internal ${MARK}`);
  });
});
