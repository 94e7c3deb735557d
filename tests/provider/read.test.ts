import { read } from "../../lab/provider/operations";
import type { Backend, ResourceType } from "../../lab/provider/resource";
import { settingsFrom } from "../../lab/provider/settings";
import { secret, type Properties } from "../../lab/provider/values";

const context = { urn: "urn:pulumi:dev::test::test:index:Thing::a", settings: settingsFrom({}) };
const inputs: Properties = { size: 1, password: secret("quiet"), tags: { a: "1" }, __clientToken: "t" };
const state: Properties = { size: 1, password: secret("quiet"), tags: { a: "1" }, arn: "arn:a" };

/** A type whose read finds this. */
function thing(find?: Backend["read"]): ResourceType {
  const backend: Backend = { create: () => Promise.reject(new Error("not now")), read: find };
  return {
    token: "test:index:Thing",
    inputs: { size: {}, password: {}, tags: {} },
    computed: ["arn"],
    backend,
  } as never;
}
const finding = (outputs: Properties) => thing(() => Promise.resolve({ id: "a", outputs }));

test("what is really there takes the place of what was recorded, a secret as a secret", async () => {
  const type = finding({ size: 2, password: "loud", arn: "arn:b", other: true });
  const found = await read(type, "a", state, inputs, context);
  expect(found?.inputs).toEqual({ ...inputs, size: 2, password: secret("loud") });
  expect(found?.outputs).toMatchObject({ size: 2, password: secret("loud"), arn: "arn:b", tags: { a: "1" } });
});

test("what is as it was recorded stays the very same, marks and all", async () => {
  const found = await read(
    finding({ size: 1, password: "quiet", tags: { a: "1" } }),
    "a",
    state,
    inputs,
    context,
  );
  expect(found?.inputs).toEqual(inputs);
});

test("what is no longer there leaves the inputs, and what nobody asked for does not come into them", async () => {
  const found = await read(
    finding({ tags: undefined, arn: "arn:a" }),
    "a",
    state,
    { size: 1, tags: {} },
    context,
  );
  expect(JSON.parse(JSON.stringify(found?.inputs))).toEqual({ size: 1 });
  const more = await read(finding({ tags: { b: "2" } }), "a", state, { size: 1 }, context);
  expect(more?.inputs).toEqual({ size: 1 });
});

test("what is only recorded reads as it is recorded, and what is gone as nothing", async () => {
  expect(await read(thing(), "a", state, inputs, context)).toEqual({ id: "a", outputs: state, inputs });
  expect(
    await read(
      thing(() => Promise.resolve(undefined)),
      "a",
      state,
      inputs,
      context,
    ),
  ).toBeUndefined();
});
