import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseUserData } from "../../../policies/parse/cloud-init";
import { parseHaproxy, type Proxy } from "../../../policies/parse/haproxy";

const PATH = "/etc/haproxy/haproxy.cfg";
const RENDERED = join(__dirname, "../../render/golden");
const parse = (text: string) => parseHaproxy(text, PATH);
const proxyOf = (lines: string, rest = ""): Proxy => parse(`${rest}\nlisten a\n${lines}`).proxy("a")!;
const wordsOf = (line: string) => proxyOf(`  ${line}`).lines[0].words;

describe("words of a line of haproxy.cfg", () => {
  test.each([
    ["acl a path -m beg /x # and a comment", ["acl", "a", "path", "-m", "beg", "/x"]],
    ["acl a#b", ["acl", "a"]],
    [String.raw`description a\ b\#c`, ["description", "a b#c"]],
    [`description "a b # c" 'd "e"'`, ["description", "a b # c", 'd "e"']],
    [String.raw`description "say \"yes\""`, ["description", 'say "yes"']],
    [String.raw`description 'a\b'`, ["description", String.raw`a\b`]],
    [`description one"two three"four`, ["description", "onetwo threefour"]],
    [String.raw`description \x41\t\q`, ["description", "A\t\\q"]],
    [`description ""`, ["description", ""]],
    [`log-format "\${HAPROXY_HTTP_LOG_FMT} %ID"`, ["log-format", "${HAPROXY_HTTP_LOG_FMT} %ID"]],
  ])("%s", (line, words) => {
    expect(wordsOf(line)).toEqual(words);
  });

  test("counts lines, empty ones and comments too, and takes Windows line ends", () => {
    expect(parse("# one\r\n\r\nlisten a\r\n  mode http # four\r\n").sections[0]).toEqual({
      kind: "listen",
      name: "a",
      line: 3,
      lines: [{ words: ["mode", "http"], line: 4 }],
    });
  });
});

describe("what a proxy inherits", () => {
  const text = `
defaults base
  mode http
  timeout client 30s
  option httplog
defaults strict from base
  timeout client 5s
  no option httplog
defaults
  timeout client 1m
frontend one from strict
  bind :80
frontend two
  bind :81
backend three from base
  option tcp-check
`;

  test("comes from the defaults that it names, and from those that these name", () => {
    const { mode, timeoutsMs } = parse(text).proxy("one")!;
    expect({ mode, timeoutsMs }).toEqual({ mode: "http", timeoutsMs: { client: 5000 } });
    expect(parse(text).proxy("one")!.hasOption("httplog")).toBe(false);
    expect(parse(text).proxy("three")!.hasOption("httplog")).toBe(true);
  });

  test("is nothing of earlier defaults when it names none: the last ones begin anew", () => {
    const { mode, timeoutsMs } = parse(text).proxy("two")!;
    expect({ mode, timeoutsMs }).toEqual({ mode: "tcp", timeoutsMs: { client: 60_000 } });
  });

  test("is undone by `no option`, and a health check by another one", () => {
    const proxy = proxyOf(
      "no option redispatch\noption mysql-check user x",
      "defaults\n option redispatch 1\n option httpchk GET /",
    );
    expect(proxy.hasOption("redispatch")).toBe(false);
    expect(proxy.hasOption("httpchk")).toBe(false);
    expect(proxy.optionArgs("mysql-check")).toEqual(["user", "x"]);
  });

  test("keeps its lines' own numbers", () => {
    expect(proxyOf("mode tcp", "defaults\n mode http").all("mode")).toEqual([
      { words: ["mode", "http"], line: 2 },
      { words: ["mode", "tcp"], line: 4 },
    ]);
  });
});

describe("servers and binds", () => {
  test("take the default-server lines before them, and take back what they do not want", () => {
    const [first, second, third] = proxyOf(
      "server x 10.0.0.1:80\ndefault-server check ssl verify none weight 7\nserver y y.internal:81 no-check weight 3\ndefault-server no-ssl\nserver z [::1]:82 backup",
    ).servers;
    expect(first.options.entries).toEqual([]);
    expect(second).toMatchObject({ host: "y.internal", port: 81, weight: 3, backup: false });
    expect([second.options.has("check"), second.options.get("verify")]).toEqual([false, "none"]);
    expect(third).toMatchObject({ host: "::1", port: 82, weight: 7, backup: true });
    expect([third.options.has("ssl"), third.options.has("check")]).toEqual([false, true]);
  });

  test("of TLS take the defaults of global", () => {
    const config = parse(`global
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
  ssl-default-bind-ciphers A:B
  ssl-default-server-options ssl-min-ver TLSv1.3
  ssl-server-verify none
listen a
  bind :443 ssl crt /x.pem ssl-min-ver TLSv1.3
  bind :80
  server s 10.0.0.1:443 ssl
  server v 10.0.0.1:443 ssl verify required ca-file /ca.pem
  server p 10.0.0.1:80`);
    const { binds, servers } = config.proxy("a")!;
    expect(binds.map(({ port, ssl }) => [port, ssl])).toEqual([
      [443, true],
      [80, false],
    ]);
    expect(["ssl-min-ver", "ciphers"].map((name) => binds[0].options.get(name))).toEqual(["TLSv1.3", "A:B"]);
    expect(binds[0].options.has("no-tls-tickets")).toBe(true);
    expect(servers.map(({ options }) => options.get("verify"))).toEqual(["none", "required", undefined]);
    expect(servers[0].options.get("ssl-min-ver")).toBe("TLSv1.3");
  });

  test("verify certificates unless somebody says that they do not", () => {
    expect(proxyOf("server s 10.0.0.1:443 ssl ca-file /ca.pem").servers[0].options.get("verify")).toBe(
      "required",
    );
  });

  test.each([
    [":80", [["0.0.0.0", 80]]],
    [
      "*:80,10.0.0.1:81",
      [
        ["0.0.0.0", 80],
        ["10.0.0.1", 81],
      ],
    ],
    ["[::]:80", [["::", 80]]],
    [":::80", [["::", 80]]],
    ["ipv6@:80", [["0.0.0.0", 80]]],
    [
      ":8000-8002",
      [
        ["0.0.0.0", 8000],
        ["0.0.0.0", 8001],
        ["0.0.0.0", 8002],
      ],
    ],
    ["/run/x.sock", [["/run/x.sock", 0]]],
    ["abns@x", [["x", 0]]],
  ])("bind %s", (address, want) => {
    expect(proxyOf(`bind ${address}`).binds.map((bind) => [bind.address, bind.port])).toEqual(want);
  });

  test("server-template makes one server for each number", () => {
    const { servers } = proxyOf("server-template web 2-3 web.internal:80 check");
    expect(servers.map(({ name, host, port }) => [name, host, port])).toEqual([
      ["web2", "web.internal", 80],
      ["web3", "web.internal", 80],
    ]);
  });

  test("a server without a port, with port 0 or with an offset uses the client's", () => {
    const { servers } = proxyOf("server a h\nserver b h:0\nserver c h:+100\nserver d /run/x.sock");
    expect(servers.map(({ host, port }) => [host, port])).toEqual([
      ["h", undefined],
      ["h", undefined],
      ["h", undefined],
      ["/run/x.sock", undefined],
    ]);
  });
});

describe("today's load balancer and web host", () => {
  const rendered = (name: string) => {
    const text = readFileSync(join(RENDERED, `${name}.prometheus.yaml`), "utf8");
    return parse(parseUserData({ text }).files.get(PATH)!.content);
  };

  test("the page's way from the frontends to the web servers", () => {
    const config = rendered("lb-1");
    expect(config.proxies.map(({ kind, name, mode }) => `${kind} ${name} ${mode}`)).toEqual([
      "frontend stats http",
      "frontend http http",
      "frontend https http",
      "backend web http",
      "backend web_writes http",
    ]);
    const https = config.proxy("https", "frontend")!;
    expect(https.uses.map(({ backend, condition }) => [backend, condition])).toEqual([
      ["web_writes", "if !METH_GET !{ req.hdr(idempotency-key) -m found }"],
      ["web", undefined],
    ]);
    expect(https.all("http-after-response set-header")[0].words.slice(2)).toEqual([
      "Strict-Transport-Security",
      "max-age=63072000",
    ]);
    const web = config.proxy("web")!;
    expect(web.timeoutsMs).toMatchObject({ connect: 250, server: 15_000, tunnel: 3_600_000 });
    expect(web.servers.map(({ name, host, port, weight }) => [name, host, port, weight])).toEqual([
      ["web-1", "web-1.foobar.internal", 8080, 100],
      ["web-2", "web-2.foobar.internal", 8080, 100],
      ["web-3", "web-3.foobar.internal", 8080, 50],
    ]);
    expect(["fall", "resolvers", "tcp-ut"].map((name) => web.servers[0].options.get(name))).toEqual([
      "2",
      "vpc",
      "2s",
    ]);
    expect(config.resolvers).toEqual([
      { name: "vpc", nameservers: [{ name: "vpc", address: "169.254.169.253", port: 53 }] },
    ]);
    expect(config.global.get("maxconn")).toEqual(["8000"]);
    expect(config.global.get("ssl-default-bind-options")).toContain("no-tls-tickets");
  });

  test("the databases' local addresses", () => {
    const config = rendered("web-1");
    const writes = config.proxy("writes")!;
    expect(writes.optionArgs("httpchk")).toEqual(["GET", "/primary"]);
    expect(writes.servers.at(-1)).toMatchObject({ name: "hold", host: "127.0.0.1", port: 1, backup: true });
    const replica = config.proxy("reads")!.servers[0];
    expect([replica.options.get("track"), replica.weight]).toEqual(["replicas/db-1", 100]);
  });
});

describe("what HAProxy refuses", () => {
  test.each([
    ["mode http", "1: want a section such as global or defaults first, got mode"],
    ["frontend", "1: want a name after frontend, got the end of the line"],
    ["listen a\n description 'b", "2: want a closing ', got the end of the line"],
    ['listen a\n description "b', '2: want a closing ", got the end of the line'],
    ["listen a\n description \\x4", "2: want two hexadecimal digits after \\x, got 4"],
    ["listen a\n mode smtp", "2: want mode http or mode tcp, got mode smtp"],
    ["listen a\n bind", "2: want an address after bind, got the end of the line"],
    ["listen a\n bind 10.0.0.1", "2: want a port to listen on, got 10.0.0.1"],
    ["listen a\n bind :90000", "2: want a port from 1 to 65535, got 90000"],
    ["listen a\n bind :9-8", "2: want a range of ports from low to high, got 9-8"],
    ["listen a\n bind [::1:80", "2: want an address such as [::1]:80, got [::1:80"],
    ["listen a\n bind :80 tls", "2: want an option of bind, got tls"],
    ["listen a\n bind :80 ssl crt", "2: want a value after crt, got the end of the line"],
    ["listen a\n server b", "2: want a name and an address after server, got b"],
    ["listen a\n server b h:x", "2: want a port from 1 to 65535, got x"],
    ["listen a\n server b h:1 chek", "2: want an option of server, got chek"],
    ["listen a\n server b h:1 weight 300", "2: want a weight from 0 to 256, got 300"],
    ["listen a\n server b h:1\n server b h:2", "3: want a name that a has not given yet, got b"],
    [
      "listen a\n server-template b x h:1",
      "2: want a prefix, a number or range, and an address, got b x h:1",
    ],
    ["listen a\n server-template b 3-1 h:1", "2: want a range from low to high, got 3-1"],
    ["listen a\n timeout client", "2: want a name and a time after timeout, got client"],
    ["listen a\n timeout client 5x", "2: want a time such as 500ms or 10s, got 5x"],
    ["listen a\n timeout client 5s 6s", "2: want the end of the line, got 6s"],
    ["listen a\n option", "2: want a name after option, got the end of the line"],
    ["listen a\n no option httpchk", "2: want an option that no can stand before, got httpchk"],
    ["listen a\n no bind", "2: want an option that no can stand before, got bind"],
    ["listen a\n default_backend b", "2: want a backend that is declared, got b"],
    ["listen a\n use_backend", "2: want a backend after use_backend, got the end of the line"],
    ["frontend a\n use_backend b if TRUE\nfrontend b", "2: want a backend that is declared, got b"],
    ["listen a\n server b h:1 resolvers c", "2: want a resolvers section that is declared, got c"],
    ["listen a\n server b h:1 track c/d", "2: want a server that is declared after track, got c/d"],
    ["backend a from b", "1: want a defaults section declared before, got b"],
    ["backend a\nbackend a", "2: want a name of its own, got backend a for the second time"],
    ["peers a\n peer b 10.0.0.1", "2: want an address with a port, got 10.0.0.1"],
    [
      "defaults d\nfrontend a from d\nfrontend b",
      '3: want "from" here too, or a last defaults section that nobody names, got frontend b without it after defaults d',
    ],
    [
      ".if defined(X)",
      "1: want a configuration without conditions, which cannot be decided here, got .if defined(X)",
    ],
  ])("%j", (text, message) => {
    expect(() => parse(text)).toThrow(new Error(`${PATH}:${message}`));
  });

  test("lets dynamic backends and words of other programs through", () => {
    expect(() => parse("frontend a\n use_backend %[req.hdr(host)]\nprogram b\n command c")).not.toThrow();
  });
});
