import * as pulumi from "@pulumi/pulumi";
import { Host, type Placement } from "./host";
import { encodeUserData, webServerUserData, type HostCommon, type WebServerHost } from "./render";

/** What hosts are told, of which only the bucket's name may not be known yet. */
export type HostSettings = Omit<HostCommon, "name" | "bucket"> & { bucket: pulumi.Input<string> };

export interface WebServerArgs {
  placement: Placement;
  settings: HostSettings;
  siteName: string;
  appBundleKey: string;
  /** Short names of the databases. */
  databases: string[];
  readWeights: WebServerHost["readWeights"];
  /** The traffic switch before this one: hosts take over one at a time. */
  after: pulumi.Resource[];
}

/** nginx with the application behind it, and a local address each for writes and reads. */
export class WebServer extends pulumi.ComponentResource {
  readonly host: Host;

  constructor(name: string, args: WebServerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { settings, siteName, appBundleKey, databases, readWeights } = args;
    super("foobar:web:WebServer", name, { settings, siteName, appBundleKey, databases, readWeights }, opts);
    const userData = pulumi.output(settings.bucket).apply((bucket) =>
      encodeUserData(
        webServerUserData({
          ...settings,
          name,
          bucket,
          siteName,
          appBundleKey,
          databases: databases.map((database) => ({ name: database })),
          readWeights,
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
