import { existsSync } from "node:fs";
import { join } from "node:path";
import { project, removeProjects } from "../support/engine";
import { removePacks, TestPack } from "../support/policy-pack";

jest.setTimeout(60_000);

afterAll(() => {
  removeProjects();
  removePacks();
});

test("a function is serialized, and one that cannot be is named with its file", async () => {
  const text = await project(`
    export const text = pulumi.runtime.serializeFunction(() => "hello").then(({ text }) => text);
  `).preview();
  expect(text.problems).toEqual([]);
  expect(text.result?.outputs.text).toContain('() => "hello"');

  const native = await project(`
    const own = Math.max.bind(undefined);
    export const text = pulumi.runtime.serializeFunction(() => own(1, 2)).then(({ text }) => text);
  `).preview();
  expect(native.problems.join("\n")).toMatch(/Error serializing .*index\.ts\(\d+,\d+\)/);
});

test("a resource's place is where the program makes it, in its own lines", async () => {
  const site = project(`
    class Pair extends pulumi.ComponentResource {
      constructor(name: string) {
        super("test:index:Pair", name);
        new File(name + "-a", {}, { parent: this });
      }
    }
    new Pair("one");
  `);
  const { result } = await site.preview();
  const places = new Map(
    [...(result?.sourcePositions ?? [])].map(([urn, place]) => [urn.split("::").pop(), place]),
  );
  // Behind the eleven lines that begin every program here.
  expect(places.get("one-a")).toBe("project:///index.ts#16,9");
  expect(places.get("one")).toBe("project:///index.ts#19,5");
});

test("the services of a provider's package are whole, and load when they are used", async () => {
  const site = project(`
    import * as aws from "@pulumi/aws";
    const loaded = (service: string) =>
      Object.keys(require.cache).some((file) => file.endsWith("/@pulumi/aws/" + service + "/index.js"));
    const before = [loaded("kms"), loaded("sqs")];
    const known = ["Key" in aws.kms, Object.keys(aws.kms).includes("Alias"), typeof aws.kms.Key, typeof aws.default];
    export const told = { before, known, after: [loaded("kms"), loaded("sqs")] };
  `);
  const { problems, result } = await site.preview();
  expect(problems).toEqual([]);
  expect(result?.outputs.told).toEqual({
    before: [false, false],
    known: [true, true, "function", "undefined"],
    after: [true, false],
  });
});

test("a program that ends with something unsettled has failed", async () => {
  const { error, problems } = await project('new File("a", { size: new Promise(() => {}) });').preview();
  expect(error).toBeDefined();
  expect(problems.join("\n")).toMatch(/ended with exit code 1/);
});

test("the program loads while policy packs still start", async () => {
  const site = project(`
    require("node:fs").writeFileSync(__dirname + "/loaded", "");
    new File("a");
  `);
  const pack = new TestPack("").file(
    "index.ts",
    `import { existsSync } from "node:fs";
     import { PolicyPack } from "@pulumi/policy";
     const deadlineMs = Date.now() + 20_000;
     const start = () => {
       if (existsSync(${JSON.stringify(join(site.folder, "loaded"))})) return void new PolicyPack("slow", { policies: [] });
       if (Date.now() > deadlineMs) throw new Error("the program waits for the pack");
       setTimeout(start, 20);
     };
     start();`,
  );
  const { problems, steps } = await site.preview({ policyPacks: [pack] });
  expect(problems).toEqual([]);
  expect(steps).toEqual(["create a"]);
  expect(existsSync(join(site.folder, "loaded"))).toBe(true);
});
