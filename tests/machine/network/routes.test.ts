import { localTable, tableNumber } from "../../../lab/machine/network/names";
import {
  kernelRouting,
  parseRoutes,
  parseRules,
  routeLine,
  ruleLine,
} from "../../../lab/machine/network/routes";
import { threeTiers } from "../../support/network-model";

const lines = (model = threeTiers()): string[] => kernelRouting(model).routes.map(routeLine);

describe("the VPC's routes", () => {
  it("lead to every interface of the VPC, and for its other addresses nowhere", () => {
    expect(lines()).toContain(`10.20.20.21 dev e-eni-db table ${localTable}`);
    expect(lines()).toContain(`10.20.0.5 dev n-eni-nat table ${localTable}`);
    expect(lines()).toContain(`blackhole 10.20.0.0/16 table ${localTable}`);
  });

  it("lead a subnet out by its own table only", () => {
    const [open, nat, closed] = ["rtb-public", "rtb-web", "rtb-data"].map(tableNumber);
    expect(lines()).toContain(`default via 203.0.113.10 dev igw onlink table ${open}`);
    expect(lines()).toContain(`default via 10.20.0.5 dev n-eni-nat onlink table ${nat}`);
    expect(lines()).toContain(`blackhole default table ${closed}`);
    const rules = kernelRouting(threeTiers()).rules.map(ruleLine);
    expect(rules).toContain(`iif e-eni-db priority 1000 table ${closed}`);
    expect(rules).toContain(`iif n-eni-nat priority 1000 table ${open}`);
  });

  it("drop what a target that is gone would have taken", () => {
    const model = threeTiers();
    model.internetGatewayId = undefined;
    model.natGateways = [];
    for (const table of ["rtb-public", "rtb-web"]) {
      expect(lines(model)).toContain(`blackhole default table ${tableNumber(table)}`);
    }
  });

  it("are recognised when the kernel lists them, and its own are left alone", () => {
    const listed = [
      {
        dst: "default",
        gateway: "203.0.113.10",
        dev: "igw",
        table: "10001",
        protocol: "boot",
        flags: ["onlink"],
      },
      { type: "blackhole", dst: "default", table: "10002" },
      { dst: "10.20.0.10", dev: "e-eni-lb", table: "100", scope: "link" },
      { dst: "default", gateway: "203.0.113.10", dev: "igw" },
      { type: "local", dst: "127.0.0.1", table: "local", dev: "lo" },
    ];
    expect([...parseRoutes(JSON.stringify(listed))]).toEqual([
      "default via 203.0.113.10 dev igw onlink table 10001",
      "blackhole default table 10002",
      "10.20.0.10 dev e-eni-lb table 100",
    ]);
    const rules = [
      { priority: 0, src: "all", table: "local" },
      { priority: 100, src: "all", table: "100" },
      { priority: 1000, src: "all", iif: "e-x", table: "10001" },
    ];
    expect([...parseRules(JSON.stringify(rules))]).toEqual([
      "from all priority 100 table 100",
      "iif e-x priority 1000 table 10001",
    ]);
  });
});
