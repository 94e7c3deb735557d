import * as pulumi from "@pulumi/pulumi";
import { Host, type Placement } from "./host";
import { refuse } from "./refuse";
import {
  encodeUserData,
  webServerUserData,
  type DatabaseForm,
  type HostCommon,
  type Transport,
  type WebServerHost,
  type WebServerProgram,
} from "./render";

/** What hosts are told, of which only the bucket's name may not be known yet. */
export type HostSettings = Omit<HostCommon, "name" | "bucket"> & { bucket: pulumi.Input<string> };

export interface WebServerArgs {
  placement: Placement;
  settings: HostSettings;
  siteName: string;
  /** The bare domain, redirected to the site's name. */
  apexName: string;
  /** The program in front of the application. Both behave alike; having both, the tier survives a flaw of one. */
  server: WebServerProgram;
  /** What it speaks with load balancers. Normally one; `plain` and one over TLS while that changes. */
  transports: Transport[];
  appBundleKey: string;
  /** Short names of the databases. */
  databases: string[];
  /** What the databases form. */
  database: DatabaseForm;
  readWeights: WebServerHost["readWeights"];
  /** The traffic switch before this one: hosts take over one at a time. */
  after: pulumi.Resource[];
}

/** nginx or Apache with the application behind it, and a local address each for writes and reads. */
export class WebServer extends pulumi.ComponentResource {
  readonly host: Host;

  constructor(name: string, args: WebServerArgs, opts?: pulumi.ComponentResourceOptions) {
    const {
      settings,
      siteName,
      apexName,
      server,
      transports,
      appBundleKey,
      databases,
      database,
      readWeights,
    } = args;
    const told = { siteName, apexName, server, transports, appBundleKey, database, readWeights };
    super("foobar:web:WebServer", name, { settings, databases, ...told }, opts);
    refuse(this, name, checkWebServer(args));
    const userData = pulumi.output(settings.bucket).apply((bucket) =>
      encodeUserData(
        webServerUserData({
          ...settings,
          ...told,
          name,
          bucket,
          databases: databases.map((member) => ({ name: member })),
        }),
      ),
    );
    this.host = new Host(
      name,
      { ...args.placement, tier: "web", userData, nameAfter: args.after },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** Every problem of a web server's arguments. */
export function checkWebServer({ transports }: Pick<WebServerArgs, "transports">): string[] {
  const overTls = transports.filter((transport) => transport !== "plain");
  if (transports.length > 0 && overTls.length < 2 && new Set(transports).size === transports.length)
    return [];
  return [
    `transports: want one, or plain and one over TLS, got ${transports.join(", ") || "none"}; change tls by way of terminate`,
  ];
}
