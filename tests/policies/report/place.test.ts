import { componentsOf, placeOf, resourceName } from "../../../policies/report/place";

test("a position is relative to the project's folder, and a place to the repository's root", () => {
  expect(placeOf("project:///index.ts#12,5", "")).toEqual({ file: "index.ts", line: 12, column: 5 });
  expect(placeOf("project:///../components/host.ts#64", "lab")).toEqual({
    file: "components/host.ts",
    line: 64,
  });
  expect(placeOf("project:///provider/a#b.ts#3,1", "lab")).toEqual({
    file: "lab/provider/a#b.ts",
    line: 3,
    column: 1,
  });
});

test("nothing outside the repository, and no package, is a place that somebody could mend", () => {
  expect(placeOf("project:///../../elsewhere/index.ts#1", "lab")).toBeUndefined();
  expect(placeOf("project:///node_modules/@pulumi/aws/index.ts#1", "")).toBeUndefined();
  expect(placeOf("file:///index.ts#1", "")).toBeUndefined();
  expect(placeOf(undefined, "")).toBeUndefined();
});

test("of several components of a type, a resource belongs to the one whose name its own begins with", () => {
  const at = (type: string, name: string) => `urn:pulumi:dev::foobar::${type}::${name}`;
  const urns = [
    at("a:b:Web", "web-1"),
    at("a:b:Web", "web-10"),
    at("a:b:Web$a:b:Host", "web-1"),
    at("a:b:Web$a:b:Host", "web-10"),
  ];
  expect(componentsOf(at("a:b:Web$a:b:Host$aws:ec2/instance:Instance", "web-10-instance"), urns)).toEqual([
    at("a:b:Web$a:b:Host", "web-10"),
    at("a:b:Web", "web-10"),
  ]);
});

test("where it cannot be told which component made a resource, none is named", () => {
  const at = (type: string, name: string) => `urn:pulumi:dev::foobar::${type}::${name}`;
  expect(componentsOf(at("a:b:Web$c:d:E", "other"), [at("a:b:Web", "one"), at("a:b:Web", "two")])).toEqual(
    [],
  );
  expect(componentsOf(at("a:b:Web$c:d:E", "other"), [at("a:b:Web", "one")])).toEqual([at("a:b:Web", "one")]);
});

test("a resource is called by its name and its type, the stack is the stack", () => {
  expect(resourceName("urn:pulumi:dev::foobar::a:b:C$aws:ec2/instance:Instance::lb-1")).toBe(
    "lb-1 (aws:ec2:Instance)",
  );
  expect(resourceName("urn:pulumi:dev::foobar::pulumi:pulumi:Stack::foobar-dev")).toBe("the stack");
});
