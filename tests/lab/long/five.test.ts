import * as cloud from "../../../lab/cloud/client";
import { primary, wholeGroup } from "../../support/group";
import { Lab } from "../../support/lab";
import { pause } from "../../support/until";
import { expectEveryWrite, expectNoError, visitors } from "../../support/visitors";

jest.setTimeout(600_000);

const five = ["db-1", "db-2", "db-3", "db-4", "db-5"];
const lab = new Lab("lab");

beforeAll(async () => {
  lab.configure({
    "foobar:zones": ["a", "b", "c", "d", "e"].map((letter) => `us-east-1${letter}`),
    "foobar:databaseMembers": 5,
  });
  await lab.up();
});
afterAll(() => lab.down());

test("a group of five stands in five zones and survives two members, the primary among them", async () => {
  const leader = await wholeGroup(lab, five);
  const reader = five.find((member) => member !== leader)!;
  const load = await visitors(lab, { text: "five" });
  await pause(1000);
  await Promise.all([leader, reader].map(cloud.powerOff));
  await pause(20_000);
  const report = await load.stop();
  expectNoError(report);
  const left = five.filter((member) => member !== leader && member !== reader);
  expect(left).toContain(await primary(lab, left));
  await Promise.all([leader, reader].map(cloud.start));
  await expectEveryWrite(lab, await wholeGroup(lab, five), "five", report.written);
});
