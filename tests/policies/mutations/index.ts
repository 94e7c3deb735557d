import { dataMutations } from "./data";
import { firewallMutations } from "./firewalls";
import type { Mutation } from "./mutation";
import { operationsMutations } from "./operations";
import { redundancyMutations } from "./redundancy";
import { tlsMutations } from "./tls";
import { trafficMutations } from "./traffic";

export type { Mutation } from "./mutation";

export const MUTATIONS: readonly Mutation[] = [
  ...redundancyMutations,
  ...trafficMutations,
  ...tlsMutations,
  ...firewallMutations,
  ...dataMutations,
  ...operationsMutations,
];
