import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderNftables, type NetworkModel } from "../../../lab/machine/network";
import { threeTiers } from "../../support/network-model";

const golden = join(__dirname, "../golden/three-tiers.nft");

/** Lines of one chain, set or map. */
function block(text: string, name: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^  (chain|set|map) ${name} \\{$`).test(line));
  if (start === -1) throw new Error(`${name}: want it in the rules, got none`);
  return lines.slice(start + 1, lines.indexOf("  }", start)).map((line) => line.trim());
}

function changed(change: (model: NetworkModel) => void): string {
  const model = threeTiers();
  change(model);
  return renderNftables(model);
}

describe("the VPC's filters", () => {
  it("are what was reviewed (UPDATE_GOLDEN=1 writes the file anew)", () => {
    const text = renderNftables(threeTiers());
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, "utf8"));
  });

  it("replace the old ones in one transaction", () => {
    expect(renderNftables(threeTiers())).toMatch(
      /^table ip foobar\ndelete table ip foobar\ntable ip foobar \{/,
    );
  });

  it("do not depend on the order of interfaces", () => {
    expect(changed((model) => model.enis.reverse())).toBe(renderNftables(threeTiers()));
  });

  it("drop at the end of every chain that could otherwise let something through", () => {
    const text = renderNftables(threeTiers());
    for (const name of [
      "receive",
      "eni_db_ingress",
      "eni_db_egress",
      "acl_data_ingress",
      "acl_data_egress",
    ]) {
      expect(block(text, name).pop()).toBe("drop");
    }
    for (const name of ["forward", "input"]) expect(block(text, name)[0]).toContain("policy drop;");
  });

  it("name a group's members wherever the group is named, and follow them", () => {
    expect(block(renderNftables(threeTiers()), "sg_web_ingress")).toEqual([
      "ip saddr @members_sg_lb tcp dport 8080 accept",
    ]);
    const text = changed((model) => model.enis[2].securityGroupIds.push("sg-lb"));
    expect(block(text, "members_sg_lb").join(" ")).toContain("10.20.10.12");
  });

  it("let a group without rules through to nothing", () => {
    const text = changed((model) => {
      model.securityGroups[0].ingress = [];
      model.securityGroups[0].egress = [];
    });
    expect(block(text, "sg_lb_ingress")).toEqual([]);
    expect(block(text, "sg_lb_egress")).toEqual([]);
  });

  it("ask the receiver's groups after the sender's have agreed", () => {
    const rules = block(renderNftables(threeTiers()), "sg_lb_egress");
    expect(rules).toContain("ip daddr @members_sg_web tcp dport 8080 goto receive");
    expect(rules.join("\n")).not.toContain("accept");
  });

  it("try network ACL rules in the order of their numbers", () => {
    const text = changed((model) => model.networkAcls[1].ingress.reverse());
    expect(block(text, "acl_data_ingress")).toEqual([
      "ip saddr 10.20.10.12/32 tcp dport 3306 drop",
      "ip saddr 10.20.10.0/24 tcp dport 3306 return",
      "drop",
    ]);
  });

  it("ask network ACLs before the state of the connection, and not inside a subnet", () => {
    const text = renderNftables(threeTiers());
    const forward = block(text, "forward");
    expect(forward.indexOf("oifname vmap @entering")).toBeLessThan(
      forward.findIndex((rule) => rule.startsWith("ct state")),
    );
    expect(block(text, "enter_subnet_web")).toEqual([
      "iifname @links_subnet_web return",
      "goto acl_open_ingress",
    ]);
  });

  it("translate no public address without an internet gateway", () => {
    const text = changed((model) => delete model.internetGatewayId);
    for (const name of ["to_private", "to_public", "with_public", "public_pairs"]) {
      expect(block(text, name).join(" ")).not.toContain("198.51.100");
    }
  });

  it.each([
    ["tcp", 80, 90, "tcp dport 80-90"],
    ["6", 80, 80, "tcp dport 80"],
    ["17", 53, 53, "udp dport 53"],
    ["tcp", 0, 65535, "ip protocol tcp"],
    ["icmp", 8, -1, "icmp type 8"],
    ["1", 3, 4, "icmp type 3 icmp code 4"],
    ["icmp", -1, -1, "ip protocol icmp"],
  ])("write protocol %s from %d to %d as %s", (ipProtocol, fromPort, toPort, expected) => {
    const text = changed((model) => {
      model.securityGroups[0].ingress = [{ ipProtocol, fromPort, toPort, cidrIpv4: "10.1.0.0/16" }];
    });
    expect(block(text, "sg_lb_ingress")).toEqual([`ip saddr 10.1.0.0/16 ${expected} accept`]);
  });
});
