import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as cloud from "../../../lab/cloud/client";
import { files } from "../../../lab/cloud/files";
import { BARE_AMI, recipeOf } from "../../../lab/cloud/images";
import { cachedImage } from "../../../lab/machine/image";
import { savedNetwork } from "../../../lab/machine/network";
import { Lab } from "../../support/lab";
import { expectNoError, visitors } from "../../support/visitors";

jest.setTimeout(1_500_000);

const lab = new Lab("lab");

beforeAll(async () => {
  lab.configure({
    "foobar:images": { debian: BARE_AMI, ubuntu: BARE_AMI },
    // one host of every kind there is
    "foobar:loadBalancers": { count: 1, instanceType: "t3.micro" },
    "foobar:webServers": { count: 2, instanceType: "t3.small" },
    "foobar:database": "pair",
    // five hosts unpack packages on the machine's processors
    "foobar:readyTimeout": 900,
  });
  await lab.up();
});
afterAll(() => lab.down());

test("hosts of every tier become what they are from an image that has nothing of the site", async () => {
  const { root } = cachedImage(recipeOf[BARE_AMI])!;
  for (const program of ["haproxy", "nginx", "apache2", "mysqld"])
    expect(existsSync(join(root, "usr/sbin", program))).toBe(false);
  const { hosts } = await cloud.status();
  expect(hosts.map(({ name, health }) => `${name} ${health}`).sort()).toEqual(
    ["db-1", "db-2", "lb-1", "web-1", "web-2"].map((name) => `${name} healthy`),
  );
  const report = await (await visitors(lab, { requests: 100, perSec: 20, writeEvery: 5 })).finished;
  expectNoError(report);
  expect(Object.keys(report.perHost).sort()).toEqual(["web-1", "web-2"]);
});

test("their packages come through the zones' NAT gateways, from the machine's own mirror", () => {
  const { natGateways, addresses } = savedNetwork();
  const gateways = addresses.filter(({ eniId }) => natGateways.some((gateway) => gateway.eniId === eniId));
  const clients = readFileSync(files.log("mirrors"), "utf8").match(/[\d.]+(?= → )/g) ?? [];
  expect(clients.length).toBeGreaterThan(0);
  for (const client of clients) expect(gateways.map(({ publicIp }) => publicIp)).toContain(client);
});
