import { isUnknown, type Resource } from "./resources";

/**
 * What the program set a property to. One that it left to AWS may be unknown in a preview, too, but is made of nothing;
 * it is undefined here. For properties that AWS fills in when they are not set ("Computed" in the provider's schema).
 */
export function given(resource: Resource, property: string, ...path: string[]): unknown {
  const value = resource.at(property, ...path);
  return isUnknown(value) && resource.refs(property).length === 0 ? undefined : (value ?? undefined);
}
