import * as pulumi from "@pulumi/pulumi";
import { imageId } from "../../components/image";
import { mockCloud } from "../support/mocks";

test("an id is taken as it is", () => {
  expect(imageId("debian", "ami-1")).toBe("ami-1");
});

test.each([
  ["debian", "136693071363"],
  ["ubuntu", "099720109477"],
] as const)(
  "a name of %s is looked up exactly, with its publisher only, and never the newest",
  async (publisher, owner) => {
    await mockCloud();
    const id = await new Promise((resolve) => pulumi.output(imageId(publisher, "name-1")).apply(resolve));
    expect(id).toBe(
      `ami-by-name ${JSON.stringify({ filters: [{ name: "name", values: ["name-1"] }], owners: [owner] })}`,
    );
  },
);
