import { isMet, reasons } from "../../../policies/site/need";
import type { Connection } from "../../../policies/site/topology";
import { goodSite, unknownValue } from "../../support/policies";

const { topology, hosts } = goodSite().site;
const endOf = (end: Connection["from"]) => (end === "client" ? "client" : end.name);
const hops = (purpose: string, connections = topology.connections) => [
  ...new Set(
    connections
      .filter((one) => one.purpose === purpose)
      .map(({ from, to, port }) => `${endOf(from)} > ${to.name}:${port}`),
  ),
];
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);

it("finds out what hosts are from what they run and who reaches them", () => {
  expect(names(topology.loadBalancers)).toEqual(["lb-1", "lb-2"]);
  expect(names(topology.webServers)).toEqual(["web-1", "web-2", "web-3"]);
  expect(names(topology.databases)).toEqual(["db-1", "db-2", "db-3"]);
});

it("follows a page from the client over the network load balancer to every web server", () => {
  expect(hops("page")).toEqual(
    [
      "client > entrance-balancer:443",
      ...["lb-1", "lb-2"].map((name) => `entrance-balancer > ${name}:443`),
      ...["lb-1", "lb-2"].flatMap((lb) => ["web-1", "web-2", "web-3"].map((web) => `${lb} > ${web}:8443`)),
    ].sort((a, b) => hops("page").indexOf(a) - hops("page").indexOf(b)),
  );
});

it("follows reads and writes through the web servers' local addresses to the databases", () => {
  for (const purpose of ["read", "write"])
    expect(hops(purpose).sort()).toEqual(
      ["web-1", "web-2", "web-3"].flatMap((web) =>
        ["db-1", "db-2", "db-3"].map((db) => `${web} > ${db}:3306`),
      ),
    );
  const [write] = topology.connections.filter(({ purpose }) => purpose === "write");
  expect(write.local?.name).toBe("writes");
  expect(write.server?.host).toBe("db-1.foobar.internal");
});

it("finds who replicates from whom in a group", () => {
  expect(hops("group")).toHaveLength(6);
  expect(hops("replication")).toEqual([]);
});

it("finds a host by the name that the private zone gives it", () => {
  expect(topology.hostNamed("WEB-1.foobar.internal.")).toBe(hosts.find(({ name }) => name === "web-1"));
  expect(topology.hostNamed("web-9.foobar.internal")).toBeUndefined();
});

it("needs what the application is told to connect to, whatever it is", () => {
  const site = goodSite();
  site.edit("web-1", "/etc/foobar/app.env", /$/, "CACHE_HOST=cache-1.foobar.internal\nCACHE_PORT=6379\n");
  for (const host of ["web-2", "web-3"])
    site.edit(host, "/etc/haproxy/haproxy.cfg", "bind 127.0.0.1:3307", "bind 127.0.0.1:3399");
  const { page } = site.site.topology;
  expect(isMet(page)).toBe(false);
  expect(reasons(page)).toEqual(
    expect.arrayContaining([
      "web-1 asks cache-1.foobar.internal:6379, and no host has that name",
      "nothing on web-2 listens on 127.0.0.1:3307",
    ]),
  );
});

it("does not know the way through a host whose user data is not known", () => {
  const site = goodSite();
  for (const host of ["lb-1", "lb-2"]) site.change(`${host}-instance`, { userDataBase64: unknownValue });
  const { page } = site.site.topology;
  expect(isMet(page)).toBe(true);
  expect(isMet(page, {}, false)).toBe(false);
});

it("does not know the way through a configuration that cannot be read", () => {
  const site = goodSite();
  for (const host of ["lb-1", "lb-2"])
    site.edit(host, "/etc/haproxy/haproxy.cfg", "defaults\n", 'defaults "\n');
  expect(isMet(site.site.topology.page, {}, false)).toBe(false);
});
