import { python } from "../support/python";

const setup = `from foobar_host import settings, system, webserver
done = []
system.enable = lambda *units: done.append(["enable", *units])
system.run = lambda *command, **_: done.append(list(command))
webserver.time.sleep = lambda seconds: done.append(["sleep", seconds])
webserver.own_certificate = lambda: "own certificate"
system.unverified = lambda: "unverified"
def asked(port, path, host, tls=None, name=None, proxied=False):
    done.append([port, path, host, tls, name, proxied])
    return given.get("status", 200), "not yet"
system.http_status = asked
s = settings.Settings({"FOOBAR_HOST": "web-1", "FOOBAR_DOMAIN": "foobar.internal", "FOOBAR_SITE": "www.foobar.com",
    "FOOBAR_SERVER": given["server"], "FOOBAR_TRANSPORTS": given["transports"], "FOOBAR_RECORD_TTL_SEC": "5"})
`;
const serve = (server: string, transports: string, status = 200) =>
  python(`${setup}what, problem, units = webserver.serve(s)\nsaid = problem()`, "[said, units, done[1:]]", {
    server,
    transports,
    status,
  }) as [string | null, string[], unknown[][]];

describe("a web server", () => {
  test("is ready when it answers as load balancers ask it, over every transport", () => {
    expect(serve("nginx", "plain")[2]).toEqual([[8080, "/readyz", "www.foobar.com", null, null, false]]);
    expect(serve("nginx", "plain,mutual-tls")[2][1]).toEqual([
      ...[8443, "/readyz", "www.foobar.com", "own certificate", "web-1.foobar.internal", false],
    ]);
    expect(serve("apache", "site-tls")[2]).toEqual([
      [8443, "/readyz", "www.foobar.com", "unverified", null, true],
    ]);
  });

  test("says over which transport it does not answer yet", () => {
    expect(serve("nginx", "mutual-tls", 503)[0]).toBe("mutual-tls: 503 not yet");
  });

  test("starts and stops the program that it was told", () => {
    expect(serve("apache", "plain")[1]).toContain("apache2.service");
    const left = python(`${setup}webserver.leave(s)`, "done", { server: "apache", transports: "plain" });
    expect(left).toEqual([
      ["sleep", 7],
      ["systemctl", "stop", "apache2.service"],
      ["systemctl", "stop", "foobar-app.service", "haproxy.service"],
    ]);
  });
});
