import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Answer, Packet } from "dns-packet";
import { answerQuery } from "../../lab/cloud/dns/answer";
import { files } from "../../lab/cloud/files";
import { CloudOnPaper } from "../support/lab-cloud";

const nameError = 3;
process.env.FOOBAR_LAB_RUN = mkdtempSync(join(tmpdir(), "dns-test-"));
afterAll(() => rmSync(process.env.FOOBAR_LAB_RUN!, { recursive: true }));
let cloud: CloudOnPaper;
beforeAll(async () => {
  cloud = new CloudOnPaper();
  const vpcId = (await cloud.make("ec2/vpc", { cidrBlock: "10.0.0.0/16" })).id;
  const { id: internal } = await cloud.make("route53/zone", { name: "foobar.internal", vpcs: [{ vpcId }] });
  const { id: open } = await cloud.make("route53/zone", { name: "foobar.com" });
  const record = (zoneId: string, name: string, type: string, records: string[], ttl = 5) =>
    cloud.make("route53/record", { zoneId, name, type, ttl, records });
  await record(internal, "web-1.foobar.internal", "A", ["10.0.16.4"]);
  await record(open, "www.foobar.com", "A", ["198.51.100.10"]);
  await record(open, "foobar.com", "TXT", ['"v=spf1 -all"']);
  await record(open, "shop.foobar.com", "CNAME", ["www.foobar.com"]);
});

function ask(name: string, type: "A" | "AAAA" | "TXT" | "NS" | "PTR" = "A", inside = true) {
  const query = { type: "query", opcode: "QUERY", id: 7, flags: 0, questions: [{ name, type }] };
  const answer = answerQuery(cloud.model, query as Packet, inside);
  return { code: (answer.flags ?? 0) & 15, answers: answer.answers as (Answer & { data: unknown })[] };
}

test("a host's name is found inside the VPC, with its own time to live, and not on the internet", () => {
  const { code, answers } = ask("web-1.foobar.internal");
  expect(code).toBe(0);
  expect(answers).toEqual([{ type: "A", name: "web-1.foobar.internal", ttl: 5, data: "10.0.16.4" }]);
  expect(ask("web-1.foobar.internal", "A", false)).toEqual({ code: nameError, answers: [] });
});

test("a public name is found on both sides, in whatever letters it is asked", () => {
  for (const inside of [true, false])
    expect(ask("WWW.foobar.com", "A", inside).answers).toEqual([
      expect.objectContaining({ name: "WWW.foobar.com", data: "198.51.100.10" }),
    ]);
});

test("package mirrors have addresses of the lab while hosts want packages, and other names none", () => {
  expect(ask("mirror.example").code).toBe(nameError);
  mkdirSync(dirname(files.mirrorNames()), { recursive: true });
  writeFileSync(files.mirrorNames(), JSON.stringify({ "mirror.example": "203.0.113.100" }));
  expect(ask("Mirror.example").answers).toEqual([
    { type: "A", name: "Mirror.example", ttl: 60, data: "203.0.113.100" },
  ]);
  expect(ask("mirror.example", "AAAA")).toEqual({ code: 0, answers: [] });
  expect(ask("other.example").code).toBe(nameError);
});

test("an alias is followed to its address", () => {
  expect(ask("shop.foobar.com").answers.map(({ type, data }) => [type, data])).toEqual([
    ["CNAME", "www.foobar.com"],
    ["A", "198.51.100.10"],
  ]);
});

test("a name without a record of the type exists, and one without any does not", () => {
  expect(ask("www.foobar.com", "AAAA")).toEqual({ code: 0, answers: [] });
  expect(ask("nobody.foobar.com")).toEqual({ code: nameError, answers: [] });
});

test("texts come without their quotes, and a zone names its servers", () => {
  expect(ask("foobar.com", "TXT").answers[0].data).toEqual(["v=spf1 -all"]);
  expect(ask("foobar.com", "NS").answers).toHaveLength(4);
});

test("AWS's services are at the lab's API", () => {
  expect(ask("secretsmanager.us-east-1.amazonaws.com").answers[0].data).toBe("192.0.2.10");
});
