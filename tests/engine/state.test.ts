import { Crypter } from "../../engine/secrets";
import { readState, renderState, writeAtomically, type ResourceState } from "../../engine/state";
import { secret } from "../../engine/values";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "engine-state-"));
const file = join(folder, "dev.json");
afterAll(() => rmSync(folder, { recursive: true }));

const record = (name: string): ResourceState => ({
  ...{ urn: `urn:pulumi:dev::test::files:index:File::${name}`, custom: true, type: "files:index:File" },
  ...{ inputs: { size: 1, text: "two\nlines", key: secret("quiet") }, outputs: {}, dependencies: [] },
});

/** What a state file says once it has been written and read. */
async function kept(resources: ResourceState[], crypter: Crypter, pending: ResourceState[] = []) {
  const operations = pending.map((resource) => ({ type: "creating" as const, resource }));
  await writeAtomically(file, renderState({ resources, operations }, crypter));
  return readState(file, "test", "dev")!.open(crypter);
}

test("a state is read as it was written: values, secrets and what was begun", async () => {
  const crypter = await Crypter.create("pass");
  const [a, b] = [record("a"), record("b")];
  const { resources, operations } = await kept([a], crypter, [b]);
  // What is empty is left out of the file.
  const { dependencies: none, ...rest } = a;
  expect(none).toEqual([]);
  expect(resources).toEqual([rest]);
  expect(operations).toMatchObject([{ type: "creating", resource: { urn: b.urn } }]);
  expect(readdirSync(folder)).toEqual(["dev.json"]);
});

test("a record that has changed since it was last written is written as it is now", async () => {
  const crypter = await Crypter.create("pass");
  const [a, b] = [record("a"), record("b")];
  await kept([a, b], crypter);
  a.outputs = { path: "/a" };
  a.id = "a-1";
  const { resources } = await kept([b, a], crypter);
  expect(resources.map(({ id, outputs }) => ({ id, outputs }))).toEqual([
    { id: undefined, outputs: {} },
    { id: "a-1", outputs: { path: "/a" } },
  ]);
  delete a.id;
  expect((await kept([a], crypter)).resources[0]).not.toHaveProperty("id");
});

test("a record's secrets are written with the key of the state that it is in", async () => {
  const a = record("a");
  await kept([a], await Crypter.create("one"));
  const other = await Crypter.create("another");
  expect((await kept([a], other)).resources[0]?.inputs.key).toEqual(secret("quiet"));
});
