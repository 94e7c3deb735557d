import { byName, namesOf } from "../../../policies/site/order";

const hosts = (...names: string[]) => names.map((name) => ({ name }));

it("puts web-2 before web-10", () => {
  expect(byName(hosts("web-10", "lb-1", "web-2", "web-1"))).toEqual(
    hosts("lb-1", "web-1", "web-2", "web-10"),
  );
});

it("names ten, and counts the others", () => {
  expect(namesOf(hosts("db-1", "db-2"))).toBe("db-1, db-2");
  const many = Array.from({ length: 12 }, (_, index) => ({ name: `w${index}` }));
  expect(namesOf(many)).toBe("w0, w1, w2, w3, w4, w5, w6, w7, w8, w9 and 2 more");
});
