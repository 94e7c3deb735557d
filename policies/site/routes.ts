import { given } from "./given";
import { isUnknown, type Resource, type Unknown } from "./resources";
import type { Site } from "./site";

const TABLE = "aws:ec2/routeTable:RouteTable";
const DEFAULT_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable";
const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const MAIN = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation";
const ROUTE = "aws:ec2/route:Route";
const INTERNET = "aws:ec2/internetGateway:InternetGateway";

/** A way from a subnet to an internet gateway, by which the internet finds its way in, too. */
export interface InternetRoute {
  table: Resource;
  /** Set when nobody can know whether it is one. */
  unknown?: Unknown;
}

/** Routes of a subnet that end at an internet gateway. A NAT gateway lets nobody in and is none. */
export function internetRoutes(site: Site, subnet: Resource): InternetRoute[] {
  return tablesOf(site, subnet).flatMap((table) => {
    const routes = site.ofType(ROUTE).filter((route) => route.refs("routeTableId").includes(table));
    const found = routes
      .map((route) => towards(route.refs("gatewayId", INTERNET).length > 0, route.get("gatewayId")))
      .concat(inline(table));
    const doubt = found.find(isUnknown);
    if (found.includes(true)) return [{ table }];
    return doubt ? [{ table, unknown: doubt }] : [];
  });
}

function towards(refers: boolean, gateway: unknown): boolean | Unknown {
  if (refers) return true;
  if (isUnknown(gateway)) return gateway;
  return typeof gateway === "string" && gateway.startsWith("igw-");
}

/** Routes that are written into the table itself. */
function inline(table: Resource): (boolean | Unknown)[] {
  const routes = given(table, "routes");
  if (isUnknown(routes)) return [routes];
  if (!Array.isArray(routes)) return [];
  const refers = table.refs("routes", INTERNET).length > 0;
  return routes.map((route: unknown) => {
    const gateway = isUnknown(route) ? route : (route as Record<string, unknown>).gatewayId;
    return towards(refers && isUnknown(gateway), gateway);
  });
}

/** The table that a subnet is associated with, or else its VPC's main one. */
function tablesOf(site: Site, subnet: Resource): Resource[] {
  const own = site
    .ofType(ASSOCIATION)
    .filter((one) => one.refs("subnetId").includes(subnet))
    .flatMap((one) => one.refs("routeTableId", TABLE));
  if (own.length > 0) return own;
  const vpcs = subnet.refs("vpcId");
  const main = site.ofType(MAIN).filter((one) => one.refs("vpcId").some((vpc) => vpcs.includes(vpc)));
  return [
    ...main.flatMap((one) => one.refs("routeTableId", TABLE)),
    ...site
      .ofType(DEFAULT_TABLE)
      .filter((table) => table.refs("defaultRouteTableId").some((vpc) => vpcs.includes(vpc))),
  ];
}
