/** Files of the control daemon and its helpers; all of them go with `down`. */
import { join } from "node:path";
import { paths } from "../machine/paths";

export const files = {
  /** The control API. */
  socket: (): string => join(paths.run(), "api.sock"),
  /** Elastic Load Balancing, behind the AWS API. */
  targetApi: (): string => join(paths.run(), "elb.sock"),
  /** Who runs: pid and start time by name. */
  process: (name: string): string => join(paths.run(), `${name}.json`),
  /** The package mirrors' addresses in the lab's internet, by name. */
  mirrorNames: (): string => join(paths.run(), "mirror-names.json"),
  /** Taken by whoever starts the daemon. */
  startLock: (): string => join(paths.run(), "start.lock"),
  /** Everything that exists in the cloud. */
  store: (): string => join(paths.state(), "cloud", "store.json"),
  /** Key that metadata tokens and credentials are derived from. */
  secret: (): string => join(paths.state(), "cloud", "secret"),
  /** The lab's own certificate authority for AWS's names. */
  ca: (): string => join(paths.state(), "cloud", "ca.crt"),
  awsCertificate: (): string => join(paths.state(), "cloud", "aws.crt"),
  awsKey: (): string => join(paths.state(), "cloud", "aws.key"),
  log: (name: string): string => join(paths.state(), "cloud", `${name}.log`),
};
