import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** A resource as the program asked for it. */
export interface Registered {
  type: string;
  name: string;
  custom: boolean;
  /** URN, empty for none. */
  parent: string;
  inputs: Record<string, any>;
  /** Names of the resources that it depends on, for whatever reason. */
  dependsOn: string[];
  /** Names by property. */
  propertyDependencies: Record<string, string[]>;
  protect: boolean;
  deleteBeforeReplace: boolean;
  replaceOnChanges: string[];
  /** Names of hooks by when they run. */
  hooks: Record<string, string[]>;
}

/** What was registered since `mockCloud`, in order. */
export interface Recording {
  resources: Registered[];
  /** Names of the hooks that were registered, used or not. */
  hooks: string[];
  /** All resources of a type, such as `aws:ec2/instance:Instance`. */
  ofType(type: string): Registered[];
  /** The one resource of that name that a provider makes. */
  named(name: string): Registered;
  /** `type name` of a component's children, sorted. */
  children(name: string): string[];
  /** Resolves when everything that was asked for has been registered. */
  settled(): Promise<void>;
}

/** What EC2 says of the types that the tests use: vCPUs and MiB. */
const INSTANCE_TYPES: Record<string, [number, number]> = {
  "t3.micro": [2, 1024],
  "t3.small": [2, 2048],
  "t3.medium": [2, 4096],
  "m7i.xlarge": [4, 16384],
};

let current: Recording | undefined;
const nameOf = (urn: string) => urn.split("::").at(-1)!;

/**
 * Puts Pulumi's mocks in the place of every cloud. As a deployment does, each resource gets an id and plausible
 * computed outputs; with `preview` it gets neither, so everything that depends on them is unknown.
 */
export async function mockCloud(options: { preview?: boolean; stack?: string } = {}): Promise<Recording> {
  const resources: Registered[] = [];
  let pending = 0;
  const recording: Recording = {
    resources,
    hooks: [],
    ofType: (type) => resources.filter((resource) => resource.type === type),
    named: (name) => {
      const found = resources.filter((resource) => resource.custom && resource.name === name);
      if (found.length !== 1) throw new Error(`${name}: want one resource, got ${found.length}`);
      return found[0];
    },
    children: (name) =>
      resources
        .filter(({ parent }) => nameOf(parent) === name && parent !== "")
        .map((resource) => `${resource.type} ${resource.name}`)
        .sort(),
    settled: async () => {
      // Registrations follow from each other; it is over when none has come for a while.
      for (
        let quiet = 0, seen = -1;
        quiet < 5;
        quiet = resources.length === seen && pending === 0 ? quiet + 1 : 0
      ) {
        seen = resources.length;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
  current = recording;
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) => ({
        id: custom && !options.preview ? `${name}-id` : undefined,
        state: options.preview ? inputs : { ...computed(type, name, inputs), ...inputs },
      }),
      call: ({ token, inputs }) => answer(token, inputs),
    },
    "foobar",
    options.stack ?? "test",
    options.preview ?? false,
  );
  instrument(() => {
    pending++;
    return () => pending--;
  });
  return recording;
}

function computed(type: string, name: string, inputs: Record<string, any>): Record<string, unknown> {
  const short = type.split(":").at(-1);
  return {
    arn: `arn:aws:mock:us-east-1:123456789012:${name}`,
    name: `${name}-name`,
    ...(short === "Instance" ? { privateIp: "10.0.16.4" } : {}),
    ...(short === "Eip" ? { publicIp: "198.51.100.7", allocationId: `${name}-id` } : {}),
    ...(short === "Zone" ? { zoneId: `${name}-id`, nameServers: ["ns-1.example"] } : {}),
    ...(short === "Key" ? { keyId: `${name}-id` } : {}),
    ...(short === "PrivateKey" ? { privateKeyPem: `private key of ${name}` } : {}),
    ...(short === "CertRequest" ? { certRequestPem: `request of ${name}` } : {}),
    ...(short === "SelfSignedCert" || short === "LocallySignedCert"
      ? { certPem: `certificate of ${name}` }
      : {}),
    ...(short === "RandomPassword" ? { result: `password of ${name}` } : {}),
    ...(short === "Bucket" ? { bucket: inputs.bucket } : {}),
  };
}

function answer(token: string, inputs: Record<string, any>): Record<string, unknown> {
  if (token === "aws:index/getCallerIdentity:getCallerIdentity") return { accountId: "123456789012" };
  if (token === "aws:ec2/getAmi:getAmi")
    return { id: `ami-of-${inputs.owners[0]}-${inputs.filters[0].values[0]}` };
  if (token === "aws:ec2/getInstanceType:getInstanceType") {
    const [defaultVcpus, memorySize] = INSTANCE_TYPES[inputs.instanceType as string];
    return { defaultVcpus, memorySize };
  }
  throw new Error(`${token}: want an answer in tests/support/mocks.ts, got none; add it`);
}

/** Pulumi's mock monitor forgets what a request says beyond its inputs, and knows no hooks. Done once a process. */
let instrumented = false;
let begin: () => () => void;
function instrument(beginWork: () => () => void): void {
  begin = beginWork;
  if (instrumented) return;
  instrumented = true;
  const prototype = MockMonitor.prototype as any;
  const original = prototype.registerResource;
  prototype.registerResource = async function (request: any, callback: unknown) {
    const done = begin();
    const hooks = request.getHooks();
    const bindings = [
      "BeforeCreate",
      "AfterCreate",
      "BeforeUpdate",
      "AfterUpdate",
      "BeforeDelete",
      "AfterDelete",
    ];
    const list = (urns: string[]) => urns.map(nameOf).sort();
    const registered: Registered = {
      type: request.getType(),
      name: request.getName(),
      custom: request.getCustom(),
      parent: request.getParent(),
      inputs: pulumi.runtime.deserializeProperties(request.getObject(), true),
      dependsOn: list(request.getDependenciesList()),
      propertyDependencies: Object.fromEntries(
        [...request.getPropertydependenciesMap().entries()].map(([property, dependencies]: [string, any]) => [
          property,
          list(dependencies.getUrnsList()),
        ]),
      ),
      protect: request.getProtect() ?? false,
      deleteBeforeReplace: request.getDeletebeforereplace(),
      replaceOnChanges: request.getReplaceonchangesList(),
      hooks: Object.fromEntries(
        bindings
          .map((when) => [when, hooks?.[`get${when}List`]() ?? []] as const)
          .filter(([, names]) => names.length > 0),
      ),
    };
    current?.resources.push(registered);
    await original.call(this, request, callback);
    done();
  };
  prototype.registerResourceHook = (request: any, callback: (error: null, answer: object) => void) => {
    current?.hooks.push(request.getName());
    callback(null, {});
  };
}
