import { checkNetwork, emptyNetwork, type NetworkModel } from "../../../lab/machine/network";
import { tcp, threeTiers } from "../../support/network-model";

describe("the check of a network", () => {
  it("finds nothing wrong with an empty one and a whole one", () => {
    expect(checkNetwork(emptyNetwork())).toEqual([]);
    expect(checkNetwork(threeTiers())).toEqual([]);
  });

  const cases: [string, (model: NetworkModel) => void, string][] = [
    ["a range with bits behind its prefix", (m) => (m.vpc!.cidr = "10.20.0.1/16"), "vpc.cidr: want a range"],
    [
      "a subnet outside the VPC",
      (m) => (m.subnets[2].cidr = "10.30.0.0/24"),
      "subnet-data.cidr: want a range within",
    ],
    ["an unknown route table", (m) => (m.subnets[0].routeTableId = "rtb-x"), "subnet-public.routeTableId"],
    ["an unknown ACL", (m) => (m.subnets[0].networkAclId = "acl-x"), "subnet-public.networkAclId"],
    ["an unknown subnet", (m) => (m.enis[0].subnetId = "subnet-x"), "eni-lb.subnetId"],
    ["an address outside its subnet", (m) => (m.enis[0].privateIp = "10.20.1.10"), "eni-lb.privateIp"],
    ["a gateway's address", (m) => (m.enis[3].privateIp = "10.20.20.1"), "got 10.20.20.1"],
    ["the resolver's address", (m) => (m.enis[0].privateIp = "10.20.0.2"), "not reserved, got 10.20.0.2"],
    ["an address twice", (m) => (m.enis[2].privateIp = "10.20.10.11"), "private addresses: want each once"],
    ["an interface without a group", (m) => (m.enis[0].securityGroupIds = []), "eni-lb.securityGroupIds"],
    ["an unknown group", (m) => (m.enis[0].securityGroupIds = ["sg-x"]), "got sg-x"],
    ["a reference to an unknown group", (m) => m.securityGroups[0].ingress.push(tcp(1, "sg-x")), "got sg-x"],
    ["a public address of another range", (m) => (m.addresses[0].publicIp = "8.8.8.8"), "addresses.publicIp"],
    ["a public address for nobody", (m) => (m.addresses[0].eniId = "eni-x"), "got eni-x"],
    ["two public addresses for one", (m) => (m.addresses[1].eniId = "eni-lb"), "with a public address"],
    ["a route without a target", (m) => delete m.routeTables[0].routes[0].gatewayId, "want exactly one of"],
    ["a rule without another side", (m) => delete m.securityGroups[0].ingress[0].cidrIpv4, "sg-lb.rule"],
    ["an unknown protocol", (m) => (m.securityGroups[0].ingress[0].ipProtocol = "gre"), "sg-lb.ipProtocol"],
    ["ports in the wrong order", (m) => (m.securityGroups[0].ingress[0].toPort = 1), "got 443 to 1"],
    ["an ACL's rule number twice", (m) => (m.networkAcls[1].ingress[0].ruleNumber = 100), "rule numbers"],
    [
      "an ACL's range that is none",
      (m) => (m.networkAcls[1].ingress[0].cidrBlock = "all"),
      "acl-data.ingress.cidrBlock",
    ],
  ];
  it.each(cases)("names %s", (_, change, expected) => {
    const model = threeTiers();
    change(model);
    expect(checkNetwork(model).join("\n")).toContain(expected);
  });
});
