import type { Host } from "../site/host";
import { ConfigError } from "../parse/config-error";
import { documentOf, fields, list, text } from "./documents";
import { hostOf, type Place, type Shipment } from "./shipment";

type Fields = Readonly<Record<string, unknown>>;

/** Vector's YAML: sinks are followed back through transforms to a journald source. */
export function vectorShipments(host: Host): Shipment[] {
  refuseOthers(host, /^\/etc\/vector\/.*\.toml$/);
  const documents = host.paths(/^\/etc\/vector\/.*\.(ya?ml|json)$/).map((path) => documentOf(host, path)!);
  const merged = (part: string) =>
    Object.assign({}, ...documents.map((one) => fields(one[part]))) as Record<string, Fields>;
  const [sources, transforms, sinks] = [merged("sources"), merged("transforms"), merged("sinks")];
  const comesFromJournal = (id: string, seen: readonly string[] = []): boolean =>
    fields(sources[id]).type === "journald" ||
    (id in transforms &&
      !seen.includes(id) &&
      inputsOf(transforms[id]).some((input) => comesFromJournal(input, [...seen, id])));
  const files = Object.values(sources)
    .filter(({ type }) => type === "file")
    .flatMap(({ include }) => texts(include));
  return Object.values(sinks).flatMap((sink) => {
    const to = vectorPlace(fields(sink));
    if (!to) return [];
    const tls = fields(sink.tls);
    const unverified = tls.verify_certificate === false || tls.verify_hostname === false;
    const addressed = text(sink.uri) ?? text(sink.endpoint) ?? text(list(sink.endpoints)[0]);
    const plain =
      addressed !== undefined
        ? /^http:/i.test(addressed)
        : sink.address !== undefined && tls.enabled !== true;
    return [
      {
        program: "Vector",
        unit: "vector.service",
        to,
        transport: plain ? "plain" : unverified ? "unverified" : "verified",
        everything: inputsOf(sink).some((input) => comesFromJournal(input)),
        files,
      },
    ];
  });
}

function inputsOf(part: Fields): string[] {
  return texts(part.inputs);
}

function texts(value: unknown): string[] {
  return list(value)
    .map(text)
    .filter((one) => one !== undefined);
}

function vectorPlace(sink: Fields): Place | undefined {
  if (sink.type === "datadog_logs") return { kind: "datadog", site: text(sink.site) ?? "datadoghq.com" };
  if (sink.type === "aws_cloudwatch_logs") return { kind: "log-group", name: text(sink.group_name) ?? "" };
  if (sink.type === "aws_s3") return { kind: "address", address: `bucket ${text(sink.bucket)}` };
  const address =
    text(sink.uri) ?? text(sink.endpoint) ?? text(list(sink.endpoints)[0]) ?? text(sink.address);
  return address === undefined ? undefined : { kind: "address", address: hostOf(address) };
}

/** Fluent Bit's YAML: what an output's `match` takes is not followed; a systemd input is the journal. */
export function fluentBitShipments(host: Host): Shipment[] {
  refuseOthers(host, /^\/etc\/fluent-bit\/fluent-bit\.conf$/);
  const pipeline = fields(documentOf(host, "/etc/fluent-bit/fluent-bit.yaml")?.pipeline);
  const journal = list(pipeline.inputs).some((input) => fields(input).name === "systemd");
  const files = list(pipeline.inputs)
    .map(fields)
    .filter(({ name }) => name === "tail")
    .flatMap(({ path }) => (text(path) ?? "").split(","));
  return list(pipeline.outputs).flatMap((output) => {
    const { name, match, ...rest } = fields(output);
    const to = fluentBitPlace(text(name) ?? "", rest);
    if (!to) return [];
    const isOn = (value: unknown) => ["on", "true"].includes((text(value) ?? "").toLowerCase());
    const native = to.kind === "log-group";
    return [
      {
        program: "Fluent Bit",
        unit: "fluent-bit.service",
        to,
        transport:
          native || (isOn(rest.tls) && rest["tls.verify"] !== false && rest["tls.verify"] !== "off")
            ? "verified"
            : isOn(rest.tls)
              ? "unverified"
              : "plain",
        everything: journal && (text(match) ?? "*") === "*",
        files,
      },
    ];
  });
}

function fluentBitPlace(name: string, output: Fields): Place | undefined {
  if (name === "datadog")
    return {
      kind: "datadog",
      site: hostOf(text(output.host) ?? "http-intake.logs.datadoghq.com").replace(/^http-intake\.logs\./, ""),
    };
  if (name === "cloudwatch_logs") return { kind: "log-group", name: text(output.log_group_name) ?? "" };
  const address = text(output.host);
  return address === undefined ? undefined : { kind: "address", address };
}

/** These programs have a second language, which is not read here. */
function refuseOthers(host: Host, pattern: RegExp): void {
  const [path] = host.paths(pattern);
  if (path) throw new ConfigError(path, 1, "YAML", "another language");
}
