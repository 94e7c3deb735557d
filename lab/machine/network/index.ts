export { applyNetwork, savedNetwork, renewNamespace } from "./apply";
export { checkNetwork } from "./check";
export * from "./model";
export { eniNamespace, namespaces, natNamespace, wellKnown } from "./names";
export { renderNftables } from "./nftables";
export { teardownNetwork } from "./teardown";
