import type { BalancerTarget } from "../../../lab/machine/balancer";
import { groupCommands, parseStates, type ServerState } from "../../../lab/machine/balancer/commands";
import { balancerNode } from "../../support/balancer-node";
import { renderBalancer, serverWords } from "../../../lab/machine/balancer/config";

const node = balancerNode();
const [group] = node.groups;
const target = (name: string, more: Partial<BalancerTarget> = {}): BalancerTarget => ({
  ...group.targets[0],
  name,
  ...more,
});
const state = (backend: string, name: string, status: string, connections = 0): ServerState => ({
  ...{ backend, name, status, connections },
  check: "",
  code: 0,
});
const both = (status: string, connections = 0): ServerState[] =>
  ["up-0123", "open-0123"].map((backend) => state(backend, "i-1-443", status, connections));

describe("the configuration", () => {
  test("tries nothing twice, and uses all targets only when none is healthy", () => {
    const text = renderBalancer(node);
    expect(text).toContain("retries 0");
    expect(text).not.toContain("redispatch");
    expect(text).toContain("use_backend open-0123 if { nbsrv(up-0123) eq 0 }");
    expect(text).toContain("default_backend up-0123");
    expect(text).not.toContain("server i-1-443");
  });

  test("takes over those that were healthy, and none that is draining", () => {
    const more = {
      ...group,
      targets: [...group.targets, target("i-2-443"), target("i-3-443", { draining: true })],
    };
    const text = renderBalancer({ ...node, groups: [more] }, new Set(["0123/i-1-443", "0123/i-3-443"]));
    const servers = text.split("\n").filter((line) => line.includes("    server "));
    expect(servers.map((line) => line.trim().split(" ")[1])).toEqual(["i-1-443", "i-1-443", "i-2-443"]);
  });

  test("checks as the group says, with a PROXY header where connections have one", () => {
    const words = serverWords(group, group.targets[0], "up");
    expect(words).toBe(
      "10.0.16.4:443 send-proxy-v2 check port 8405 inter 5s fastinter 5s downinter 5s rise 2 fall 2 check-send-proxy",
    );
    const other = {
      ...group,
      ...{ proxyProtocol: false, cutUnhealthy: true },
      check: { ...group.check, protocol: "HTTPS" as const },
    };
    expect(serverWords(other, group.targets[0], "up")).toMatch(
      /rise 2 fall 2 check-ssl verify none ssl-max-ver TLSv1\.2 on-marked-down shutdown-sessions$/,
    );
    expect(serverWords(other, group.targets[0], "open")).toBe("10.0.16.4:443");
  });
});

describe("the commands", () => {
  test("let a new target begin as unhealthy, and reachable only after that", () => {
    const up = groupCommands(group, []).filter((command) => command.includes("up-0123"));
    expect(
      up.map((command) => command.replace("up-0123/i-1-443", "X").replace(/10\..*proxy /, "… ")),
    ).toEqual([
      "add server X … weight 0",
      "set server X weight 0",
      "enable health X",
      "set server X state ready",
      "set server X health down",
      "set server X weight 1",
    ]);
  });

  test("leave a target alone that is there", () => {
    expect(groupCommands(group, both("UP"))).toEqual([
      "set server up-0123/i-1-443 state ready",
      "set server open-0123/i-1-443 state ready",
    ]);
  });

  test("drain a target that is deregistered, and let one that comes back pass its checks again", () => {
    const draining = { ...group, targets: [target("i-1-443", { draining: true })] };
    expect(groupCommands(draining, both("UP"))).toEqual([
      "set server up-0123/i-1-443 state drain",
      "set server open-0123/i-1-443 state drain",
    ]);
    expect(groupCommands(draining, [])).toEqual([]);
    expect(groupCommands(group, both("DRAIN"))[0]).toBe("set server up-0123/i-1-443 health down");
  });

  test("remove a forgotten target when its last connection has ended, or end them where the group says so", () => {
    const empty = { ...group, targets: [] };
    expect(groupCommands(empty, both("DRAIN", 1))).toEqual([
      "set server up-0123/i-1-443 state drain",
      "set server open-0123/i-1-443 state drain",
    ]);
    expect(groupCommands({ ...empty, cutForgotten: true }, both("DRAIN", 1))).toContain(
      "shutdown sessions server up-0123/i-1-443",
    );
    expect(groupCommands(empty, both("DRAIN"))).toEqual([
      "set server up-0123/i-1-443 state maint",
      "del server up-0123/i-1-443",
      "set server open-0123/i-1-443 state maint",
      "del server open-0123/i-1-443",
    ]);
  });
});

test("states are read by the names of HAProxy's columns", () => {
  const csv =
    "# pxname,svname,scur,status,check_status,check_code\nup-0123,i-1-443,3,DOWN 1/2,* L7STS,503\nopen-0123,i-1-443,0,no check,,\n";
  expect(parseStates(csv)).toEqual([
    { backend: "up-0123", name: "i-1-443", status: "DOWN 1/2", check: "L7STS", code: 503, connections: 3 },
    { backend: "open-0123", name: "i-1-443", status: "no check", check: "", code: 0, connections: 0 },
  ]);
  expect(parseStates("")).toEqual([]);
});
