import * as pulumi from "@pulumi/pulumi";
import { quote, type Reader } from "./reader";

/** Who watches the site, and what the agents need for it. */
export interface MonitoringPlan {
  agent: "prometheus" | "datadog";
  /** What the agents need, by the secret's name below the stack's prefix. */
  secrets: Record<string, pulumi.Output<string>>;
  /** Datadog's site, such as `datadoghq.eu`. */
  site?: string;
  /** Who gets alerts. */
  receiver?: string;
}

/** Datadog's key is needed by hosts and by the provider: one setting, the provider's own. */
export function readMonitoring(reader: Reader): MonitoringPlan {
  const { settings } = reader;
  const agent = reader.choice("agent", "prometheus", ["prometheus", "datadog"]);
  if (agent !== "datadog") return { agent, secrets: {} };
  const key = (name: string, digits: number) => {
    const full = `datadog:${name}`;
    const value = settings.values[full];
    const set = `pulumi config set --secret ${full}`;
    if (value === undefined && settings.preview)
      reader.warnings.push(`${full}: not set; a deployment needs it: ${set}`);
    else if (value === undefined)
      reader.say(full, `${digits} hexadecimal digits, as a secret`, "nothing", set);
    else if (!settings.isSecret(full)) reader.say(full, "a secret", "plain text", `set it again: ${set}`);
    // The value itself never goes into a message.
    else if (!new RegExp(`^[0-9a-f]{${digits}}$`).test(value))
      reader.say(full, `${digits} hexadecimal digits`, `${value.length} other characters`, set);
    return value ?? "0".repeat(digits);
  };
  const apiKey = key("apiKey", 32);
  key("appKey", 40);
  const receiver = reader.given("alertReceiver") ?? "";
  if (!/^@\S+$/.test(receiver))
    reader.say(
      "alertReceiver",
      "who gets alerts, as Datadog names them",
      quote(receiver || undefined),
      "for example @ops@foobar.com",
    );
  const site = reader.given("datadogSite") ?? "datadoghq.com";
  if (!/^([a-z0-9-]+\.)+[a-z]+$/.test(site))
    reader.wrong(
      "datadogSite",
      "a Datadog site such as datadoghq.eu",
      site,
      "see the address of your account",
    );
  return { agent, secrets: { "datadog/api-key": pulumi.secret(apiKey) }, site, receiver };
}
