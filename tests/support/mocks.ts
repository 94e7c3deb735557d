import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceHookRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** Properties as the engine would get them. */
export type Properties = Record<string, unknown>;

/** A resource as the program asked for it. */
export interface Registered {
  type: string;
  name: string;
  /** Made by a provider, and no component. */
  custom: boolean;
  /** Name, empty for none. */
  parent: string;
  /** As they went over the wire: a secret is an object with a signature, see `isSecret`. */
  inputs: Properties;
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
  /** Resolves when everything that was asked for has been registered. Nothing can be registered afterwards. */
  settled(): Promise<void>;
}

/** What EC2 says of the types that the tests use: vCPUs and MiB. */
const INSTANCE_TYPES: Record<string, [number, number]> = {
  "t3.micro": [2, 1024],
  "t3.small": [2, 2048],
  "t3.medium": [2, 4096],
};

let current: Recording | undefined;
/** Whether a property went over the wire as a secret. */
export function isSecret(value: unknown): boolean {
  const signed = value as Record<string, unknown> | undefined;
  return signed?.[pulumi.runtime.specialSigKey] === pulumi.runtime.specialSecretSig;
}

/** Whether a property is not known yet. */
export function isUnknown(value: unknown): boolean {
  return value === pulumi.runtime.unknownValue;
}

const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";

/**
 * Puts Pulumi's mocks in the place of every cloud. As a deployment does, each resource gets an id and plausible
 * computed outputs; with `preview` it gets neither, so everything that depends on them is unknown.
 */
export async function mockCloud(options: { preview?: boolean; stack?: string } = {}): Promise<Recording> {
  instrument();
  const resources: Registered[] = [];
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
        .filter(({ parent }) => parent === name)
        .map((resource) => `${resource.type} ${resource.name}`)
        .sort(),
    settled: () => pulumi.runtime.disconnect(),
  };
  current = recording;
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) => ({
        id: custom && !options.preview ? `${name}-id` : undefined,
        state: options.preview
          ? (inputs as Properties)
          : { ...computed(type, name), ...(inputs as Properties) },
      }),
      call: ({ token, inputs }) => answer(token, inputs as Properties),
    },
    "foobar",
    options.stack ?? "test",
    options.preview ?? false,
  );
  return recording;
}

/** What a cloud adds to a resource's inputs. */
function computed(type: string, name: string): Properties {
  const perType: Record<string, Properties> = {
    Instance: { privateIp: "10.0.16.4" },
    Eip: { publicIp: "198.51.100.7", allocationId: `${name}-id` },
    Zone: { zoneId: `${name}-id`, nameServers: ["ns-1.example"] },
    LoadBalancer: { dnsName: `${name}.elb.example`, zoneId: "Z-elb" },
    Key: { keyId: `${name}-id` },
    PrivateKey: { privateKeyPem: `private key of ${name}` },
    CertRequest: { certRequestPem: `request of ${name}` },
    SelfSignedCert: { certPem: `certificate of ${name}` },
    LocallySignedCert: { certPem: `certificate of ${name}` },
    RandomPassword: { result: `password of ${name}` },
  };
  const shared = { arn: `arn:aws:mock:us-east-1:123456789012:${name}`, name: `${name}-name` };
  return { ...shared, ...perType[type.split(":").at(-1) ?? ""] };
}

function answer(token: string, inputs: Properties): Properties {
  switch (token) {
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: "123456789012" };
    case "aws:ec2/getAmi:getAmi":
      return { id: `ami-by-name ${JSON.stringify(inputs)}` };
    case "aws:ec2/getInstanceType:getInstanceType": {
      const [defaultVcpus, memorySize] = INSTANCE_TYPES[inputs.instanceType as string];
      return { defaultVcpus, memorySize };
    }
    default:
      throw new Error(`${token}: want an answer in tests/support/mocks.ts, got none; add it`);
  }
}

type Answer = (error: Error | null, answer: unknown) => void;

/** Pulumi's mock monitor drops what a request says beyond its inputs, and knows no hooks. Done once a process. */
let instrumented = false;
function instrument(): void {
  if (instrumented) return;
  instrumented = true;
  const monitor = MockMonitor.prototype as unknown as {
    registerResource(request: RegisterResourceRequest, callback: Answer): Promise<void>;
    registerResourceHook(request: RegisterResourceHookRequest, callback: Answer): void;
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the monitor below
  const original = monitor.registerResource;
  monitor.registerResource = function (request, callback) {
    current?.resources.push(registered(request));
    return original.call(this, request, callback);
  };
  monitor.registerResourceHook = (request, callback) => {
    current?.hooks.push(request.getName());
    callback(null, {});
  };
}

function registered(request: RegisterResourceRequest): Registered {
  const names = (urns: string[]) => [...new Set(urns.map(nameOf))].sort();
  const hooks = request.getHooks();
  const bound: Record<string, string[]> = {
    beforeCreate: hooks?.getBeforeCreateList() ?? [],
    afterCreate: hooks?.getAfterCreateList() ?? [],
    beforeUpdate: hooks?.getBeforeUpdateList() ?? [],
    afterUpdate: hooks?.getAfterUpdateList() ?? [],
    beforeDelete: hooks?.getBeforeDeleteList() ?? [],
    afterDelete: hooks?.getAfterDeleteList() ?? [],
  };
  const byProperty: [string, string[]][] = [];
  request
    .getPropertydependenciesMap()
    .forEach((dependencies, property) => byProperty.push([property, names(dependencies.getUrnsList())]));
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: nameOf(request.getParent()),
    inputs: request.getObject()?.toJavaScript() ?? {},
    dependsOn: names(request.getDependenciesList()),
    propertyDependencies: Object.fromEntries(byProperty),
    protect: request.getProtect() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    replaceOnChanges: request.getReplaceonchangesList(),
    hooks: Object.fromEntries(Object.entries(bound).filter(([, names]) => names.length > 0)),
  };
}
