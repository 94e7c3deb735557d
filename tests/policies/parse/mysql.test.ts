import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseUserData } from "../../../policies/parse/cloud-init";
import { parseMysql } from "../../../policies/parse/mysql";

const PATH = "/etc/mysql/mysql.conf.d/x.cnf";
const parse = (content: string) => parseMysql([{ path: PATH, content }]);
const get = (lines: string, variable: string) => parse(`[mysqld]\n${lines}`).get(variable);

describe("option files of MySQL", () => {
  test.each([
    ["a = 1", "a", "1"],
    ["innodb-buffer-pool-size=1G", "innodb_buffer_pool_size", "1G"],
    ["loose-a=1", "a", "1"],
    ["a = 'x # y'", "a", "x # y"],
    ['a = "x" # y', "a", "x"],
    ["a = x # y", "a", "x"],
    ["a = x ; y", "a", "x ; y"],
    [String.raw`a = C:\\x\sy`, "a", String.raw`C:\x y`],
    ["a = 1\nA = 2", "a", "2"],
    ["a", "a", undefined],
    ["# a = 1\n; a = 2", "a", undefined],
  ])("%j", (lines, variable, want) => {
    expect(get(lines, variable)).toBe(want);
  });

  test("switches know their spellings", () => {
    const config = parse("[mysqld]\na\nb=OFF\nc=1\nskip-d\ndisable-e\nenable-f\nskip_g=OFF\nh=ROW\n");
    expect("abcdefghi".split("").map((name) => config.on(name))).toEqual([
      true,
      false,
      true,
      false,
      false,
      true,
      true,
      undefined,
      undefined,
    ]);
    expect(config.on("skip_d")).toBe(true);
  });

  test("sizes have units", () => {
    const config = parse("[mysqld]\na=512\nb=4k\nc=3M\nd=2G\ne=x\n");
    expect("abcdef".split("").map((name) => config.bytes(name))).toEqual([
      512,
      4096,
      3 * 1024 ** 2,
      2 * 1024 ** 3,
      undefined,
      undefined,
    ]);
  });

  test("only the server's groups count, and those of this series or newer", () => {
    const config = parse(
      "[client]\na=1\n[mysqld]\nb=2\n[server]\nc=3\n[mysqld-8.0]\nd=4\n[mysqld-8.4]\ne=5\n[mysqld-9.7]\nf=6\n",
    );
    expect("abcdef".split("").map((name) => config.get(name))).toEqual([
      undefined,
      "2",
      "3",
      undefined,
      "5",
      "6",
    ]);
    expect(config.file("c")).toEqual({ path: PATH, line: 6 });
  });

  test("plugins add up, plugin_load begins anew", () => {
    expect(
      parse("[mysqld]\nplugin_load_add=a.so\nplugin-load=x=b.so;c.so\nplugin_load_add=d.so").plugins,
    ).toEqual(["b.so", "c.so", "d.so"]);
  });

  test("my.cnf says which files are read, and in which order", () => {
    const config = parseMysql([
      { path: "/etc/mysql/conf.d/b.cnf", content: "[mysqld]\na=b\nb=1" },
      { path: "/etc/mysql/conf.d/a.cnf", content: "[mysqld]\na=a" },
      {
        path: "/etc/mysql/my.cnf",
        content: "!includedir /etc/mysql/conf.d/\n!include /etc/mysql/z.cnf\n!include /nope.cnf\n",
      },
      { path: "/etc/mysql/other/c.cnf", content: "[mysqld]\na=c" },
      { path: "/etc/mysql/z.cnf", content: "[mysqld]\nz=1" },
    ]);
    expect([config.get("a"), config.get("b"), config.get("z")]).toEqual(["b", "1", "1"]);
  });

  test("today's database host", () => {
    const text = readFileSync(join(__dirname, "../../render/golden/db-2.prometheus.yaml"), "utf8");
    const { files } = parseUserData({ text });
    const config = parseMysql([files.get("/etc/mysql/mysql.conf.d/zz-foobar.cnf")!]);
    expect(
      ["sync_binlog", "innodb_flush_log_at_trx_commit", "log_error_services"].map((name) => config.get(name)),
    ).toEqual(["1", "1", "log_filter_internal; log_sink_internal; log_sink_syseventlog"]);
    expect([config.on("super_read_only"), config.on("gtid_mode")]).toEqual([true, true]);
    expect(config.plugins).toEqual([
      "auth_socket.so",
      "semisync_source.so",
      "semisync_replica.so",
      "mysql_clone.so",
    ]);
  });

  test.each([
    ["a=1", "1: want a group such as [mysqld] first, got a=1"],
    ["[mysqld\na=1", "1: want a group such as [mysqld], got [mysqld"],
    [`!include ${PATH}`, `1: want includes that end, got ${PATH} that includes this file`],
  ])("%j is refused", (text, message) => {
    expect(() => parse(text)).toThrow(new Error(`${PATH}:${message}`));
  });
});
