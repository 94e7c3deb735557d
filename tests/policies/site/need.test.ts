import {
  all,
  cutVertices,
  cutZones,
  isMet,
  missing,
  reasons,
  some,
  unknownNeed,
  unknowns,
  vertex,
  type Need,
  type Vertex,
} from "../../../policies/site/need";
import { Resource } from "../../../policies/site/resources";

const resource = new Resource({
  urn: "",
  type: "",
  name: "",
  props: {},
  dependencies: [],
  propertyDependencies: {},
});
const thing = (name: string, zone?: string): Vertex => ({ name, resource, zone });
const [a, b, c] = [thing("a", "1"), thing("b", "2"), thing("c", "3")];
const cuts = (need: Need, trusting = true) => cutVertices(need, trusting).map(({ name }) => name);

it("finds everything that is needed as a cut", () => {
  expect(cuts(all([vertex(a), vertex(b)]))).toEqual(["a", "b"]);
});

it("finds no cut where one of two is enough", () => {
  expect(cuts(some([vertex(a), vertex(b)]))).toEqual([]);
});

it("finds what both ways have in common", () => {
  const way = (own: Vertex) => all([vertex(own), vertex(c)]);
  expect(cuts(some([way(a), way(b)]))).toEqual(["c"]);
});

it("counts a majority", () => {
  const members = [a, b, c].map(vertex);
  expect(cuts(some(members, 2))).toEqual([]);
  expect(cuts(some(members, 3))).toEqual(["a", "b", "c"]);
});

it("loses with a zone whatever stands in it", () => {
  const [x, y] = [thing("x", "1"), thing("y", "1")];
  expect(cutZones(some([vertex(x), vertex(y), vertex(b)], 2), ["1", "2"])).toEqual(["1"]);
  expect(cutZones(some([vertex(thing("z"))]), ["1", "2"])).toEqual([]);
});

it("finds no way where there is none, and says why", () => {
  const need = all([vertex(a), some([missing("b is a replica"), missing("c is gone")])]);
  expect(isMet(need)).toBe(false);
  expect(reasons(need)).toEqual(["b is a replica", "c is gone"]);
});

it("gives no reason for what works by another way", () => {
  expect(reasons(some([missing("b is a replica"), vertex(a)]))).toEqual([]);
});

it("takes what nobody knows for there, or not, as it is asked", () => {
  const need = some([vertex(a), unknownNeed("what b runs")]);
  expect(cuts(need)).toEqual([]);
  expect(cuts(need, false)).toEqual(["a"]);
  expect(unknowns(need)).toEqual(["what b runs"]);
});

it("judges a thousand ways through one thing in one go each", () => {
  const ways = Array.from({ length: 1000 }, (_, index) => all([vertex(thing(`w${index}`)), vertex(c)]));
  expect(cuts(some(ways))).toEqual(["c"]);
});
