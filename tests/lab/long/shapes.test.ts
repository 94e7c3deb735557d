import { wholeGroup } from "../../support/group";
import { Lab } from "../../support/lab";
import type { LoadReport } from "../../support/load";
import { expectEveryWrite, expectNoError, visitors } from "../../support/visitors";

jest.setTimeout(1_200_000);

describe("from the baseline to the hardened shape and back, in place", () => {
  const lab = new Lab("lab");
  const text = "kept";
  let written = 0;
  beforeAll(async () => {
    lab.configure({ "foobar:shape": "baseline", "foobar:loadBalancers": ["t3.micro"] });
    await lab.up();
    const report = await (await visitors(lab, { text, requests: 40, writeEvery: 1 })).finished;
    expectNoError(report);
    written = report.written;
  });
  afterAll(() => lab.down());

  /** Deploys while people read the site, who look its name up anew every two seconds. */
  async function deployVisited(settings: Record<string, unknown>): Promise<LoadReport[]> {
    lab.configure(settings);
    let ended = false;
    const deployed = lab.deploy().finally(() => (ended = true));
    const reports: LoadReport[] = [];
    while (!ended) reports.push(await (await visitors(lab, { requests: 40, writeEvery: 0 })).finished);
    await deployed;
    return reports;
  }

  test("the first step answers every page, on the way to two load balancers, TLS inside and a group", async () => {
    const reports = await deployVisited({
      "foobar:shape": "hardened",
      "foobar:loadBalancers": { count: 2, instanceType: "t3.micro" },
      "foobar:tlsAlso": "terminate",
    });
    reports.forEach(expectNoError);
    await expectEveryWrite(lab, await wholeGroup(lab), text, written);
    expect(await lab.addresses()).toHaveLength(2);
  });

  test("the second step takes away what only the change needed", async () => {
    (await deployVisited({ "foobar:tlsAlso": undefined })).forEach(expectNoError);
    expect(await lab.run("web-1", "ss", "-tlnH", "sport", "=", ":8080")).toBe("");
  });

  test("back it goes by way of both kinds of TLS and a group that was ended by hand", async () => {
    (await deployVisited({ "foobar:tls": "terminate", "foobar:tlsAlso": "end-to-end" })).forEach(
      expectNoError,
    );
    await lab.run("db-1", "/opt/foobar/host/bin/foobar-group", "end");
    await deployVisited({
      "foobar:shape": "baseline",
      "foobar:loadBalancers": ["t3.micro"],
      "foobar:tls": undefined,
      "foobar:tlsAlso": undefined,
    });
    expectNoError(await (await visitors(lab, { text: "new", requests: 20, writeEvery: 1 })).finished);
    await expectEveryWrite(lab, "db-1", text, written);
  });
});

describe.each([
  ["TLS passed through", { "foobar:tls": "passthrough" }, 3],
  ["a load balancer that stands by", { "foobar:balancing": "active-passive" }, 3],
  ["the pair of databases", { "foobar:database": "pair" }, 2],
] as const)("the hardened shape with %s", (what, settings, databases) => {
  const lab = new Lab("lab");
  afterAll(() => lab.down());

  test("serves pages and takes messages", async () => {
    lab.configure(settings);
    await lab.up();
    const text = what.replace(/\W+/g, "-");
    const report = await (await visitors(lab, { text, requests: 60, writeEvery: 5 })).finished;
    expectNoError(report);
    await expectEveryWrite(lab, `db-${databases}`, text, report.written);
  });
});
