import type { Answer, Packet } from "dns-packet";
import { answerQuery } from "../../lab/cloud/dns/answer";
import { CloudOnPaper } from "../support/lab-cloud";

const nameError = 3;
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
