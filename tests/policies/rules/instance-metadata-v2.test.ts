import { instanceMetadataV2 } from "../../../policies/rules/instance-metadata-v2";
import { check, Fixture, goodSite, messages } from "../../support/policies";

const GOOD = { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 };
const web1 = (metadataOptions: object | undefined) =>
  messages(instanceMetadataV2, goodSite().change("web-1-instance", { metadataOptions }));

test("is content with a host that wants a token and keeps it", () => {
  expect(check(instanceMetadataV2, goodSite())).toEqual({ findings: [] });
});

test("finds a host that also takes requests without a token", () => {
  expect(web1({ ...GOOD, httpTokens: "optional" })).toEqual([
    "web-1: metadataOptions.httpTokens is optional, want required; without it the role's credentials can be read with a plain GET",
  ]);
});

test("finds a token that may travel on, unless the setting allows the hop", () => {
  const site = goodSite().change("web-1-instance", {
    metadataOptions: { ...GOOD, httpPutResponseHopLimit: 2 },
  });
  expect(messages(instanceMetadataV2, site)).toEqual([
    "web-1: metadataOptions.httpPutResponseHopLimit is 2, want at most 1; lower it, so that the token stays on the host",
  ]);
  expect(messages(instanceMetadataV2, site, { maxHopLimit: 2 })).toEqual([]);
});

test("does not trust what the image would decide", () => {
  expect(web1(undefined)).toEqual([
    expect.stringContaining("httpTokens is not set, which leaves it to the image, want required"),
    expect.stringContaining(
      "httpPutResponseHopLimit is not set, which leaves it to the image, want at most 1",
    ),
  ]);
});

test("takes what is not set from the launch template, then from the account's defaults", () => {
  const site = new Fixture();
  const template = site.add("aws:ec2/launchTemplate:LaunchTemplate", "hosts", {
    metadataOptions: { httpTokens: "required" },
  });
  const metadataOptions = { httpPutResponseHopLimit: 1 };
  site.add("aws:ec2/instance:Instance", "one", { metadataOptions, launchTemplate: { id: template } });
  expect(messages(instanceMetadataV2, site)).toEqual([]);
  site.add("aws:ec2/instance:Instance", "two", { metadataOptions });
  expect(messages(instanceMetadataV2, site)).toEqual([
    expect.stringContaining("two: metadataOptions.httpTokens is not set"),
  ]);
  site.add("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults", "defaults", {
    httpTokens: "required",
  });
  expect(messages(instanceMetadataV2, site)).toEqual([]);
});

test("needs nothing of a host without a metadata service", () => {
  expect(web1({ httpEndpoint: "disabled" })).toEqual([]);
});

test("says what nobody can know yet", () => {
  expect(
    check(
      instanceMetadataV2,
      goodSite().change("web-1-instance", {
        metadataOptions: { ...GOOD, httpTokens: goodSite().ref("encryption-key") },
      }),
    ),
  ).toEqual({
    findings: [
      expect.objectContaining({
        kind: "unknown",
        message:
          "unknown: metadataOptions.httpTokens; without it nobody can tell whether web-1 wants a session token",
      }),
    ],
  });
});

test("is not applicable without hosts, whatever else there is", () => {
  const site = new Fixture();
  site.add("aws:s3/bucket:Bucket", "bucket", { metadataOptions: { httpTokens: "optional" } });
  expect(check(instanceMetadataV2, site)).toEqual({ notApplicable: "the stack has no EC2 instance" });
});
