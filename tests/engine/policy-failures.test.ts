import { rmSync } from "node:fs";
import { join } from "node:path";
import { TestProject } from "../support/engine";
import { fileRule, removePacks, stackRule, TestPack } from "../support/policy-pack";

jest.setTimeout(60_000);

const site = new TestProject('new File("a");');
afterAll(() => {
  site.remove();
  removePacks();
});

/** What is told of a preview with a pack, as one text. */
async function problemOf(pack: TestPack): Promise<string> {
  const ran = await site.preview({ policyPacks: [pack] });
  expect(ran.error).toBeDefined();
  expect(ran.problems).toHaveLength(1);
  return ran.problems[0];
}

describe("a pack that cannot start", () => {
  test("is named with what is missing or broken", async () => {
    const pack = new TestPack("");
    rmSync(join(pack.path, "PulumiPolicy.yaml"));
    expect(await problemOf(pack)).toMatch(
      /^policy pack: want .*PulumiPolicy\.yaml, got no such file; make one/,
    );
    pack.file("PulumiPolicy.yaml", "runtime: python");
    expect(await problemOf(pack)).toMatch(/runtime: want nodejs, got python; use the Pulumi CLI/);
    pack.file("PulumiPolicy.yaml", "description: a: b\n");
    expect(await problemOf(pack)).toMatch(/PulumiPolicy\.yaml: Nested mappings/);
    pack.file("PulumiPolicy.yaml", "runtime: nodejs").file("package.json", "{}");
    expect(await problemOf(pack)).toMatch(/package\.json: want one with a "version"/);
    rmSync(pack.path, { recursive: true });
    expect(await problemOf(pack)).toMatch(/want a folder with PulumiPolicy\.yaml, got no such folder/);
  });

  test.each([
    ["does not compile", "const a: = 1;", /want its port on stdout, got exit [\s\S]*index\.ts:1:9: ERROR: /],
    [
      "throws",
      'throw new Error("no rules today");',
      /want its port on stdout, got exit [\s\S]*no rules today/,
    ],
    ["makes no pack", "export {};", /want its port on stdout, got exit 0/],
    ["prints something first", 'console.log("hello");', /got "hello" before it; print that to stderr/],
  ])("because it %s is told with what it said", async (_, text, problem) => {
    const pack = new TestPack("").file("index.ts", text);
    const told = await problemOf(pack);
    expect(told).toContain(`policy pack ${pack.path}: `);
    expect(told).toMatch(problem);
  });
});

describe("a policy that fails", () => {
  test("fails the run, with the pack, the policy and its own words", async () => {
    const thrown = await problemOf(new TestPack(fileRule("odd", 'throw new Error("unheard of");')));
    expect(thrown).toMatch(/^policy pack rules@v1\.2\.3 \(.*\): analyze: /);
    expect(thrown).toMatch(/policy 'odd' from policy pack 'rules@v1\.2\.3':\nError: unheard of/);
    const whole = await problemOf(new TestPack(stackRule("odd", 'throw new Error("unheard of");')));
    expect(whole).toMatch(
      /: analyzeStack: .*policy 'odd' from policy pack 'rules@v1\.2\.3':\nError: unheard of/,
    );
  });

  test("with its whole pack fails the run, with what the pack said last", async () => {
    const told = await problemOf(
      new TestPack(fileRule("dead", 'console.error("out of memory"); process.exit(7);')),
    );
    expect(told).toMatch(
      /^policy pack rules@v1\.2\.3 \(.*\): analyze: want an answer, got exit 7\nout of memory/,
    );
  });
});

test("destroy takes no policy packs", async () => {
  const ran = await site.destroy({ policyPacks: [new TestPack("")] });
  expect(ran.problems).toEqual(["policyPacks: want preview or up, got destroy"]);
});
