import { createServer, type Server } from "node:http";
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AddressInfo } from "node:net";
import { python } from "../support/python";

const lib = join(__dirname, "../../host/lib");

describe("requests to AWS", () => {
  test("quote every character that curl's configuration would take for its own", () => {
    expect(python("from foobar_host import aws", "aws.quote(given)", 'a"b\\c\nd')).toBe('"a\\"b\\\\c\\nd"');
  });

  test("are signed for their service and carry the session's token", () => {
    const setup = `from foobar_host import aws
class Settings: region, bucket, secrets = "us-east-1", "b", "foobar/x"
keys = {"AccessKeyId": "AK", "SecretAccessKey": "SK", "Token": "T"}`;
    const text = python(
      setup,
      `aws.secret(Settings, "tls/ca").config(keys, "us-east-1", "/run/x", 0)`,
    ) as string;
    expect(text).toContain('aws-sigv4 = "aws:amz:us-east-1:secretsmanager"\n');
    expect(text).toContain('user = "AK:SK"\n');
    expect(text).toContain('header = "x-amz-security-token: T"\n');
    expect(text).toContain('data-raw = "{\\"SecretId\\": \\"foobar/x/tls/ca\\"}"\n');
    const object = python(
      setup,
      `aws.Bucket(Settings).get("bundles/a").config(keys, "us-east-1", "/run/x", 0)`,
    ) as string;
    expect(object).toContain('url = "https://b.s3.us-east-1.amazonaws.com/bundles/a"\n');
    expect(object).toContain('header = "x-amz-content-sha256: UNSIGNED-PAYLOAD"\n');
  });

  describe("against a server", () => {
    let server: Server;
    let asked: { url: string; authorization: string; body: string }[];
    beforeEach(async () => {
      asked = [];
      server = createServer((request, response) => {
        let body = "";
        request.on("data", (chunk: Buffer) => (body += chunk.toString()));
        request.on("end", () => {
          asked.push({ url: request.url ?? "", authorization: request.headers.authorization ?? "", body });
          // The second object appears at the second request for it.
          const late = request.url === "/late" && asked.filter((one) => one.url === "/late").length < 2;
          response
            .writeHead(late ? 404 : 200)
            .end(late ? "<Code>NoSuchKey</Code>" : `content of ${request.url}`);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    afterEach(() => new Promise((resolve) => server.close(resolve)));

    const run = (expression: string, before = "") =>
      new Promise<unknown>((resolve, reject) => {
        const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const program = `import json, tempfile
from foobar_host import aws
folder = tempfile.TemporaryDirectory
tempfile.TemporaryDirectory = lambda **options: folder()
aws.credentials = lambda: {"AccessKeyId": "AK", "SecretAccessKey": "SECRET-KEY", "Token": "T"}
def request(key, body=None): return aws.Request("s3", "${base}/" + key, body=body, what="object " + key)
${before}
print(json.dumps(${expression}))`;
        const env = { ...process.env, PYTHONPATH: lib, PYTHONDONTWRITEBYTECODE: "1" };
        execFile("python3", ["-c", program], { env }, (error, stdout, stderr) =>
          error ? reject(new Error(stderr)) : resolve(JSON.parse(stdout)),
        );
      });

    test("are made at once, and each has its own answer", async () => {
      const setup = `many = [request("a"), request("b", '{"x": "quo\\\\"te"}')]; aws.perform_all(many, "us-east-1")`;
      expect(await run("[(r.status, r.answer.decode()) for r in many]", setup)).toEqual([
        [200, "content of /a"],
        [200, "content of /b"],
      ]);
      expect(asked.find((one) => one.url === "/b")?.body).toBe('{"x": "quo\\"te"}');
      expect(asked[0].authorization).toMatch(
        /^AWS4-HMAC-SHA256 Credential=AK\/\d{8}\/us-east-1\/s3\/aws4_request/,
      );
    });

    test("are made again, alone, while they fail", async () => {
      expect(
        await run(
          "r.answer.decode()",
          'r = request("late"); aws.perform_all([request("a"), r], "us-east-1")',
        ),
      ).toBe("content of /late");
      expect(asked.map((one) => one.url).sort()).toEqual(["/a", "/late", "/late"]);
    });

    test("fail in the end with the object's name and AWS's own words", async () => {
      const setup = `aws.RETRY_SEC = -1
try: aws.perform_all([request("late")], "us-east-1"); said = ""
except aws.AwsError as error: said = str(error)`;
      expect(await run("said", setup)).toMatch(
        /^object late: want 200, got 404 <Code>NoSuchKey<\/Code>; check/,
      );
    });

    test("never show a key in the list of processes", async () => {
      const folder = mkdtempSync(join(tmpdir(), "foobar-curl-"));
      writeFileSync(
        join(folder, "curl"),
        `#!/bin/sh\necho "$@" > ${folder}/arguments\nexec /usr/bin/env -i PATH="$REAL" curl "$@"\n`,
        {
          mode: 0o755,
        },
      );
      const setup = `import os
os.environ["REAL"] = os.environ["PATH"]; os.environ["PATH"] = "${folder}:" + os.environ["PATH"]
aws.perform_all([request("a")], "us-east-1")`;
      const shown = (await run(`open("${folder}/arguments").read()`, setup)) as string;
      expect(shown).toContain("-K -");
      expect(shown).not.toMatch(/SECRET-KEY|AK|T /);
    });
  });
});
