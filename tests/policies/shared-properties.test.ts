import { createRequire } from "node:module";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { shareProperties } from "../../policies/shared-properties";

const sdk = createRequire(__filename)("@pulumi/policy/deserialize") as {
  deserializeProperties(message: Struct, keepSecrets: boolean): object;
};

test("what the SDK read of a resource for one policy is there for the next, and nothing that may be changed is", () => {
  const properties = { name: "web-1", tags: { Tier: "web" } };
  const messages = [Struct.fromJavaScript(properties), Struct.fromJavaScript(properties)];
  const [first] = messages.map((message) => sdk.deserializeProperties(message, false));
  shareProperties();
  const [one, other] = messages.map((message) => sdk.deserializeProperties(message, false));
  expect(one).toEqual(first);
  expect(other).not.toBe(one);
  expect(sdk.deserializeProperties(messages[0], false)).toBe(one);
  expect(sdk.deserializeProperties(messages[0], true)).not.toBe(one);
  expect(sdk.deserializeProperties(messages[0], true)).toEqual(first);
});
