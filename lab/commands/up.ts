/** `make up`: from whatever is here to a site that answers. */
import * as engine from "../../engine";
import { buildApp } from "../../app/build";
import { checkPorts, ensureDaemon } from "../cloud/client";
import { ensureMoto } from "../cloud/moto";
import { ensureImage } from "../machine/image";
import { preflight } from "../machine/preflight";
import { engineOptions, type DeployOptions } from "./deploy-options";
import { keepCaCertificate, projectDir, projectOf, sitePort, waitForSite } from "./site";
import { Timings } from "./timings";

/** How long a site whose hosts have all reported may take to answer through every hop. */
const answerDeadlineSec = 60;

/**
 * Brings a stack of lab/ up and waits for a page over verified HTTPS.
 * Throws (and so exits with 1) when a requirement of the machine, a deployment step or the answer fails.
 */
export async function up(options: DeployOptions): Promise<void> {
  projectOf(options.stack, [projectDir]);
  await preflight();
  await checkPorts();
  // the SDK and the least Node are pinned by this project: what their future versions will want of each other is no news to whoever deploys
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const timings = new Timings();
  const say = (line: string): void => {
    if (!options.json) console.error(line);
  };
  // the first `up` builds all three side by side; later ones find them in milliseconds
  await Promise.all([
    timings.measure("host image", () => ensureImage(say)),
    timings.measure("AWS API server", () => ensureMoto(say)),
    timings.measure("application bundle", () => buildApp()),
  ]);
  const [, result] = await Promise.all([
    timings.measure("cloud", () => ensureDaemon()),
    timings.measure("deployment", () => engine.up({ projectDir, ...engineOptions(options) })),
  ]);
  const ca = engine.textOutput(result.outputs, "caCertificate");
  const siteName = new URL(engine.textOutput(result.outputs, "url")).hostname;
  const answer = await timings.measure("first verified page", () =>
    waitForSite({ siteName, ca, deadlineSec: answerDeadlineSec }),
  );
  const caFile = keepCaCertificate(ca);
  const url = `https://${siteName}/`;
  const curl = `curl --cacert ${caFile} --connect-to ${siteName}:443:127.0.0.1:${sitePort} ${url}`;
  if (options.json) {
    console.log(JSON.stringify({ type: "site", url, curl, timings }));
    return;
  }
  console.log(
    [
      "",
      `${url} answers: ${answer.status}, served by ${answer.servedBy}, read from the database's ${answer.databaseRole}.`,
      "",
      "Where the time went:",
      ...timings.lines(),
      "",
      "See it from this machine:",
      `  ${curl}`,
    ].join("\n"),
  );
}
