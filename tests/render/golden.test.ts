import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allUserData } from "../support/hosts";

const goldenPath = (name: string) => join(__dirname, "golden", `${name}.yaml`);

describe("user data of every kind of host", () => {
  // Meant changes: UPDATE_GOLDEN=1 npx jest tests/render/golden, and read the difference.
  test.each(Object.entries(allUserData()))("%s is the reviewed text", (name, text) => {
    if (process.env.UPDATE_GOLDEN) writeFileSync(goldenPath(name), text);
    expect(text).toBe(readFileSync(goldenPath(name), "utf8"));
  });
});
