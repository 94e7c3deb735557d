import { webServerUserData } from "../../components/render";
import { webServer, writtenFiles } from "../support/hosts";

const config = (readWeights = webServer.readWeights) =>
  writtenFiles(webServerUserData({ ...webServer, readWeights }))["/etc/haproxy/haproxy.cfg"];
const reads = (text: string) =>
  (text.split("\nlisten reads\n")[1].match(/server .*/g) ?? []).map((line) =>
    line.replace(/ipv4@db-\d\.foobar\.internal:3306 tcp-ut 1500 /, ""),
  );

describe("HAProxy of a web server", () => {
  test("sends reads to replicas, and to the primary only when they are gone, by default", () => {
    expect(reads(config())).toEqual([
      "server db-1-replica track replicas/db-1 weight 100",
      "server db-2-replica track replicas/db-2 weight 100",
      "server db-1-primary track writes/db-1 backup",
      "server db-2-primary track writes/db-2 backup",
      "server hold 127.0.0.1:1 backup",
    ]);
  });

  test("shares reads between the roles by their weights", () => {
    const lines = reads(config({ primary: 25, replica: 75 }));
    expect(lines).toContain("server db-2-replica track replicas/db-2 weight 75");
    expect(lines).toContain("server db-1-primary track writes/db-1 weight 25");
  });

  test("refuses weights that leave nobody to read from", () => {
    expect(() => config({ primary: 0, replica: 0 })).toThrow(
      "readWeights: want a role with a weight above 0, got none; give one to replica or primary",
    );
  });

  test("asks every member for its role and holds connections while there is no primary", () => {
    const text = config();
    expect(text).toContain("option httpchk GET /primary");
    expect(text).toContain("option httpchk GET /replica");
    expect(text).toContain("retries 100");
    expect(text).toContain("server hold 127.0.0.1:1 backup");
  });

  test("finds a silent member of a group gone within a second", () => {
    const text = writtenFiles(webServerUserData({ ...webServer, database: "group" }))[
      "/etc/haproxy/haproxy.cfg"
    ];
    const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1]);
    const [inter, fall, check] = [/inter (\d+)ms/, /fall (\d+)/, /timeout check (\d+)ms/].map(number);
    // The member falls silent just after a check; each of the next ones begins on time and runs out.
    expect(inter + (fall - 1) * Math.max(inter, check) + check).toBeLessThan(1000);
  });

  test("listens on this host only", () => {
    expect(config().match(/bind .*/g)).toEqual([
      "bind 127.0.0.1:8404",
      "bind 127.0.0.1:3306",
      "bind 127.0.0.1:3307",
    ]);
  });
});
