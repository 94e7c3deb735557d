import { siteFlows } from "../../components/flows";
import { listeningPorts, type PortShape } from "../../components/render";
import { SHAPES } from "../support/shapes";

const names = {
  ...{ lb: "edge", web: "web", db: "data" },
  ...{ internet: "internet", entrance: "entrance", loopback: "" },
} as const;

test.each(Object.entries(SHAPES))(
  "the flows of %s are what hosts listen on, shells, and the way out: nothing else",
  (_name, shape: PortShape) => {
    const listened = (["lb", "web", "db"] as const).flatMap((tier) =>
      listeningPorts(tier, shape).flatMap(({ port, from }) =>
        from.filter((peer) => peer !== "loopback").map((peer) => `${names[peer]}>${names[tier]}:${port}`),
      ),
    );
    const others = siteFlows(shape).filter(
      ({ from, to }) => from !== "access" && to !== "internet" && to !== "entrance",
    );
    expect(others.map(({ from, to, port }) => `${from}>${to}:${port}`).sort()).toEqual(listened.sort());
  },
);

test("clients reach either the load balancer or the network load balancer, on two ports", () => {
  const entering = (shape: PortShape) =>
    siteFlows(shape)
      .filter(({ from }) => from === "internet")
      .map(({ to, port }) => `${to}:${port}`);
  expect(entering(SHAPES.baseline)).toEqual(["edge:80", "edge:443"]);
  expect(entering(SHAPES.hardened)).toEqual(["entrance:80", "entrance:443"]);
});
