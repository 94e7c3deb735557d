import { mirrorPlaces } from "../../../lab/cloud/mirrors/places";

test("archives of one host and port share a place, and hosts have addresses of their own", () => {
  expect(
    mirrorPlaces([
      "http://a.example/debian/",
      "http://a.example/debian-security/",
      "https://b.example/debian/",
    ]),
  ).toEqual([
    { host: "a.example", port: 80, address: "203.0.113.100" },
    { host: "b.example", port: 443, address: "203.0.113.101" },
  ]);
});

test("a host with two ports has two places at one address", () => {
  expect(mirrorPlaces(["http://a.example:3142/debian/", "http://a.example/debian-security/"])).toEqual([
    { host: "a.example", port: 3142, address: "203.0.113.100" },
    { host: "a.example", port: 80, address: "203.0.113.100" },
  ]);
});

test("a host that is known by its address keeps it, since no name leads there", () => {
  expect(mirrorPlaces(["http://192.0.2.77:8081/debian/"])).toEqual([
    { host: "192.0.2.77", port: 8081, address: "192.0.2.77" },
  ]);
});

test("an archive that is not reached over the network is refused", () => {
  expect(() => mirrorPlaces(["file:///srv/debian/"])).toThrow(
    "package source: want http or https, got file:///srv/debian/; give apt another mirror",
  );
});
