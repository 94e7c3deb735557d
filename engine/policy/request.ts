import * as pb from "@pulumi/pulumi/proto/analyzer_pb";
import { withoutReferences } from "../provider";
import { toStruct } from "../rpc";
import type { ResourceState } from "../state";
import { parseUrn } from "../urn";
import { isInternalKey, type Properties } from "../values";

/** One resource as policies are to see it. */
export interface Reviewed {
  state: ResourceState;
  /** Checked inputs before a step, outputs at the end. */
  properties: Properties;
  /** Undefined leaves it to the provider. */
  deleteBeforeReplace?: boolean;
  /** The provider resource that manages it. */
  provider?: ResourceState;
}

/** A request about one resource. `keepInternal`: with what providers note for themselves, for remediations. */
export function resourceRequest(reviewed: Reviewed, keepInternal = false): pb.AnalyzeRequest {
  const { state, properties } = reviewed;
  const request = new pb.AnalyzeRequest();
  request.setUrn(state.urn).setType(state.type).setName(parseUrn(state.urn).name);
  request.setProperties(toStruct(withoutReferences(keepInternal ? properties : withoutInternal(properties))));
  return request.setOptions(optionsOf(reviewed)).setProvider(providerOf(reviewed));
}

/** A request about all resources of a stack. */
export function stackRequest(resources: Reviewed[]): pb.AnalyzeStackRequest {
  const request = new pb.AnalyzeStackRequest();
  return request.setResourcesList(
    resources.map((reviewed) => {
      const { state, properties } = reviewed;
      const resource = new pb.AnalyzerResource();
      resource.setUrn(state.urn).setType(state.type).setName(parseUrn(state.urn).name);
      resource.setProperties(toStruct(withoutReferences(withoutInternal(properties))));
      resource.setOptions(optionsOf(reviewed)).setProvider(providerOf(reviewed));
      resource.setParent(state.parent ?? "").setDependenciesList(state.dependencies ?? []);
      for (const [key, urns] of Object.entries(state.propertyDependencies ?? {})) {
        if (urns.length === 0) continue;
        const dependencies = new pb.AnalyzerPropertyDependencies().setUrnsList(urns);
        resource.getPropertydependenciesMap().set(key, dependencies);
      }
      return resource;
    }),
  );
}

function optionsOf({ state, deleteBeforeReplace }: Reviewed): pb.AnalyzerResourceOptions {
  const options = new pb.AnalyzerResourceOptions();
  options.setProtect(state.protect ?? false).setIgnorechangesList(state.ignoreChanges ?? []);
  options.setDeletebeforereplacedefined(deleteBeforeReplace !== undefined);
  options.setDeletebeforereplace(deleteBeforeReplace ?? false);
  options.setAdditionalsecretoutputsList(state.additionalSecretOutputs ?? []);
  options.setAliasesList(state.aliases ?? []).setParent(state.parent ?? "");
  const timeouts = new pb.AnalyzerResourceOptions.CustomTimeouts();
  const { create = 0, update = 0, delete: remove = 0 } = state.customTimeouts ?? {};
  return options.setCustomtimeouts(timeouts.setCreate(create).setUpdate(update).setDelete(remove));
}

function providerOf({ provider }: Reviewed): pb.AnalyzerProviderResource | undefined {
  if (!provider) return undefined;
  const { urn, type, inputs } = provider;
  const resource = new pb.AnalyzerProviderResource();
  resource.setUrn(urn).setType(type).setName(parseUrn(urn).name);
  return resource.setProperties(toStruct(withoutReferences(withoutInternal(inputs))));
}

function withoutInternal(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !isInternalKey(key)));
}
