import { shipmentsOf } from "../../../policies/logs";
import { isUnknown } from "../../../policies/site/resources";
import { goodSite } from "../../support/policies";

/** What a host with this file, and without an agent that sends logs, sends away. */
function shipped(path: string, content: string) {
  const site = goodSite()
    .edit("lb-1", "/etc/datadog-agent/datadog.yaml", "logs_enabled: true", "logs_enabled: false")
    .write("lb-1", path, content).site;
  const shipments = shipmentsOf(site.hosts.find(({ name }) => name === "lb-1")!);
  if (isUnknown(shipments)) return shipments.path;
  return shipments.map(({ to, transport, everything }) => ({ to, transport, everything }));
}

const log = { kind: "address", address: "log-1.foobar.internal" };
const verified = { to: log, transport: "verified", everything: true };
const upload = (text: string) => shipped("/etc/systemd/journal-upload.conf.d/foobar.conf", text);
const rsyslog = (text: string) => shipped("/etc/rsyslog.d/foobar.conf", text);
const vector = (text: string) => shipped("/etc/vector/vector.yaml", text);
const fluentBit = (text: string) => shipped("/etc/fluent-bit/fluent-bit.yaml", text);

describe("systemd-journal-upload", () => {
  it("sends the journal over HTTPS, which is what it speaks unless told otherwise", () => {
    expect(upload("[Upload]\nURL=log-1.foobar.internal:19532\n")).toEqual([verified]);
    expect(upload("[Upload]\nURL=http://log-1.foobar.internal\n")).toMatchObject([{ transport: "plain" }]);
    expect(upload("[Upload]\nURL=https://log-1.foobar.internal\nTrustedCertificateFile=-\n")).toMatchObject([
      { transport: "unverified" },
    ]);
  });

  it("sends nothing without an address", () => {
    expect(upload("[Upload]\n# URL=https://log-1.foobar.internal\n")).toEqual([]);
  });
});

describe("rsyslog", () => {
  const tls = `action(type="omfwd" target="log-1.foobar.internal" port="6514" protocol="tcp"
  StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" # the name counts
  StreamDriverPermittedPeers="log-1.foobar.internal")\n`;

  it("forwards over TLS with the peer's name checked", () => {
    expect(rsyslog(tls)).toEqual([verified]);
    expect(rsyslog(`*.* ${tls}`)).toEqual([verified]);
    const global = `global(DefaultNetstreamDriver="gtls")\n${tls.replace('StreamDriver="ossl"', "")}`;
    expect(rsyslog(global)).toEqual([verified]);
    expect(
      rsyslog(
        'action(type="omrelp" target="log-1.foobar.internal" port="2514" tls="on" tls.authMode="name" tls.permittedPeer=["log-1.foobar.internal"])',
      ),
    ).toEqual([verified]);
  });

  it("is not verified, or plain, without what makes it so", () => {
    expect(rsyslog(tls.replace("x509/name", "anon"))).toMatchObject([{ transport: "unverified" }]);
    expect(rsyslog(tls.replace('Mode="1"', 'Mode="0"'))).toMatchObject([{ transport: "plain" }]);
    expect(rsyslog(tls.replace('"tcp"', '"udp"'))).toMatchObject([{ transport: "plain" }]);
    expect(rsyslog("*.* @@(o)log-1.foobar.internal:514\n")).toEqual([{ ...verified, transport: "plain" }]);
  });

  it("sends a part when a selector says so, and nothing from a comment or to a file", () => {
    expect(rsyslog(`auth.* ${tls}`)).toMatchObject([{ everything: false }]);
    expect(rsyslog('# *.* @@log-1\n*.* action(type="omfile" file="/var/log/all")\n')).toEqual([]);
  });

  it("cannot be read when it does not end", () => {
    expect(rsyslog('action(type="omfwd" target="log-1"\n')).toBe(
      '/etc/rsyslog.d/foobar.conf:1: want action(name="value" …), got no end of it',
    );
  });
});

describe("Vector", () => {
  const pipeline = (sink: string) => `sources: { journal: { type: journald } }
transforms: { clean: { type: remap, inputs: [journal] } }
sinks: { out: { inputs: [clean], ${sink} } }
`;

  it("is followed from its sinks to the journal", () => {
    expect(vector(pipeline('type: http, uri: "https://log-1.foobar.internal/x"'))).toEqual([verified]);
    expect(vector(pipeline("type: datadog_logs, site: datadoghq.eu"))).toEqual([
      { ...verified, to: { kind: "datadog", site: "datadoghq.eu" } },
    ]);
    expect(vector(pipeline("type: aws_cloudwatch_logs, group_name: site"))).toMatchObject([
      { to: { kind: "log-group", name: "site" } },
    ]);
  });

  it("is plain, unverified or partial when its settings are", () => {
    expect(vector(pipeline('type: http, uri: "http://log-1.foobar.internal"'))).toMatchObject([
      { transport: "plain" },
    ]);
    expect(
      vector(
        pipeline('type: http, uri: "https://log-1.foobar.internal", tls: { verify_certificate: false }'),
      ),
    ).toMatchObject([{ transport: "unverified" }]);
    expect(vector(pipeline('type: vector, address: "log-1.foobar.internal:6000"'))).toMatchObject([
      { transport: "plain" },
    ]);
    expect(
      vector('sources: { f: { type: file } }\nsinks: { o: { inputs: [f], type: http, uri: "https://a" } }\n'),
    ).toMatchObject([{ everything: false }]);
  });

  it("cannot be read in TOML", () => {
    expect(shipped("/etc/vector/vector.toml", "[sources.journal]\n")).toBe(
      "/etc/vector/vector.toml:1: want YAML, got another language",
    );
  });
});

describe("Fluent Bit", () => {
  const pipeline = (output: string) =>
    `pipeline: { inputs: [{ name: systemd }], outputs: [{ name: forward, host: log-1.foobar.internal, ${output} }] }\n`;

  it("sends the journal, over TLS when it is on", () => {
    expect(fluentBit(pipeline('match: "*", tls: on'))).toEqual([verified]);
    expect(fluentBit(pipeline('match: "*", tls: on, tls.verify: off'))).toMatchObject([
      { transport: "unverified" },
    ]);
    expect(fluentBit(pipeline('match: "app.*"'))).toEqual([
      { ...verified, transport: "plain", everything: false },
    ]);
  });
});
