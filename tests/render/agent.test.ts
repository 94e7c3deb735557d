import { allUserData, writtenFiles } from "../support/hosts";

describe("monitoring agents", () => {
  test("exporters answer on the host itself only", () => {
    for (const name of ["lb-1.prometheus", "web-1.prometheus", "db-1.prometheus"]) {
      const defaults = Object.entries(writtenFiles(allUserData()[name])).filter(([path]) =>
        path.startsWith("/etc/default/"),
      );
      expect(defaults.length).toBeGreaterThan(0);
      for (const [, text] of defaults) expect(text).toContain("--web.listen-address=127.0.0.1:");
    }
  });

  test("Datadog watches what the tier runs", () => {
    const checks = (name: string) =>
      Object.keys(writtenFiles(allUserData()[name]))
        .map((path) => /conf\.d\/(\w+)\.d/.exec(path)?.[1])
        .filter((check) => check !== undefined)
        .sort();
    expect(checks("lb-1.datadog")).toEqual(["haproxy", "journald", "network", "process"]);
    expect(checks("web-1.datadog")).toEqual(["haproxy", "journald", "network", "nginx", "process"]);
    expect(checks("web-2.apache-datadog")).toEqual(["apache", "haproxy", "journald", "network", "process"]);
    expect(checks("db-1.datadog")).toEqual(["journald", "mysql", "network", "process"]);
  });

  test("Datadog's site is the configured one and its key is nowhere", () => {
    const files = writtenFiles(allUserData()["db-1.datadog"]);
    expect(files["/etc/datadog-agent/datadog.yaml"]).toContain("site: datadoghq.eu\n");
    expect(Object.values(files).join("")).not.toMatch(/api_key/);
  });

  test("a host has the files of its own agent only", () => {
    expect(Object.keys(writtenFiles(allUserData()["db-1.datadog"])).join()).not.toContain("prometheus-");
    expect(Object.keys(writtenFiles(allUserData()["db-1.prometheus"])).join()).not.toContain("datadog");
  });
});
