import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { stacksOf } from "../lab/commands/policy";

const root = resolve(__dirname, "..");
const folder = join(root, ".github/workflows");

/** The linter is a Go module; Go keeps what it has built, so only the first run on a machine takes its time. */
const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

interface Step {
  uses?: string;
  with?: Record<string, unknown>;
  run?: string;
}

interface Job {
  "timeout-minutes"?: number;
  permissions?: Record<string, string>;
  environment?: string;
  strategy?: { matrix: { stack: string[] } };
  steps: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: unknown;
  concurrency?: unknown;
  jobs: Record<string, Job>;
}

const files = readdirSync(folder).sort();
const texts = new Map(files.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
const workflows = new Map([...texts].map(([file, text]) => [file, parse(text) as Workflow]));
const jobs = [...workflows].flatMap(([file, { jobs: all }]) =>
  Object.entries(all).map(([name, job]) => [`${file} ${name}`, job] as const),
);
const workflow = (file: string) => workflows.get(file) as Workflow;

test("actionlint finds nothing", async () => {
  const paths = files.map((file) => join(folder, file));
  // without shellcheck and pyflakes, which are on some machines and not on others
  const args = ["run", ACTIONLINT, "-no-color", "-shellcheck=", "-pyflakes=", ...paths];
  const { error, said } = await new Promise<{ error: Error | null; said: string }>((done) => {
    // the last folder is where Go's own archives are unpacked, on PATH or not
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/local/go/bin` };
    execFile("go", args, { cwd: root, env }, (failed, stdout, stderr) =>
      done({ error: failed, said: stdout + stderr }),
    );
  });
  if (error && "code" in error && error.code === "ENOENT")
    throw new Error(
      "go: want Go 1.21 or newer on PATH, for actionlint; got none; lab/bootstrap.sh --lab installs it",
    );
  expect(error ? said : "").toBe("");
}, 300_000);

test("every action is pinned by a whole commit, with its version beside it", () => {
  for (const [file, text] of texts)
    for (const line of text.split("\n").filter((one) => /\buses:/.test(one)))
      expect(`${file}: ${line.trim()}`).toMatch(/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test("an action has the same commit everywhere", () => {
  const pins = new Map<string, Set<string>>();
  for (const { uses } of jobs.flatMap(([, job]) => job.steps)) {
    if (uses === undefined) continue;
    const [action, commit] = uses.split("@");
    pins.set(action, (pins.get(action) ?? new Set()).add(commit));
  }
  for (const commits of pins.values()) expect(commits.size).toBe(1);
});

test.each(jobs)("%s has a deadline, names its permissions, and keeps no token in the work tree", (_, job) => {
  expect(job["timeout-minutes"]).toBeLessThanOrEqual(90);
  expect(job.permissions).toBeDefined();
  for (const { uses, with: given } of job.steps)
    if (uses?.startsWith("actions/checkout@")) expect(given?.["persist-credentials"]).toBe(false);
});

test("nothing is permitted to a whole workflow, and runs that supersede each other are grouped", () => {
  for (const { permissions, concurrency } of workflows.values()) {
    expect(permissions).toEqual({});
    expect(concurrency).toBeDefined();
  }
});

test("what runs a pull request's code has no secret, no identity, and may only read", () => {
  for (const [file, { on, jobs: all }] of workflows) {
    if (!("pull_request" in on)) continue;
    expect(texts.get(file)).not.toMatch(/secrets\.|id-token/);
    expect(on).not.toHaveProperty("pull_request_target");
    for (const { permissions, steps } of Object.values(all))
      if (steps.some(({ run }) => run !== undefined)) expect(permissions).toEqual({ contents: "read" });
  }
});

test("pull requests show the preview of every stack", () => {
  const { preview } = workflow("pull-request.yml").jobs;
  expect([...(preview.strategy?.matrix.stack ?? [])].sort()).toEqual(
    stacksOf()
      .map(({ stack }) => stack)
      .sort(),
  );
});

test("a deployment is approved by an environment, takes its credentials by OIDC, and uses the SDK's release of the CLI", () => {
  const { up } = workflow("deploy.yml").jobs;
  expect(up.environment).toBe("production");
  expect(up.permissions).toEqual({ contents: "read", "id-token": "write" });
  const using = (action: string) => up.steps.find(({ uses }) => uses?.startsWith(action))?.with;
  expect(using("aws-actions/configure-aws-credentials@")).not.toHaveProperty("aws-access-key-id");
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  expect(using("pulumi/actions@")).toMatchObject({
    command: "up",
    policyPacks: "policies",
    "pulumi-version": dependencies["@pulumi/pulumi"],
  });
});
