"""S3 and Secrets Manager through curl, which signs requests itself. One curl process makes any number of them at once.

Keys and request bodies go to curl on its standard input: arguments of a process are visible to every user."""

import json
import subprocess
import tempfile
import time
from pathlib import Path

METADATA = "http://169.254.169.254/latest"
# New roles, policies and objects are known everywhere only after a while (IAM is eventually consistent).
RETRY_SEC = 60


class AwsError(Exception):
    """A request that AWS refused, or that could not be made."""


def quote(text):
    """A value of curl's configuration file."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'


class Request:
    """One signed request. `service` is the signing name: s3 or secretsmanager."""

    def __init__(self, service, url, headers=(), body=None, method=None, what=None):
        self.service, self.url, self.headers, self.body, self.method = service, url, list(headers), body, method
        self.what = what or url
        self.status, self.answer = 0, b""

    def config(self, keys, region, answer_path, number):
        lines = [
            ("url", self.url),
            ("aws-sigv4", f"aws:amz:{region}:{self.service}"),
            ("user", f"{keys['AccessKeyId']}:{keys['SecretAccessKey']}"),
            ("header", f"x-amz-security-token: {keys['Token']}"),
            ("output", str(answer_path)),
            ("write-out", f"{number} %{{http_code}}\\n"),
            ("max-time", "60"),
            ("connect-timeout", "5"),
        ]
        lines += [("header", header) for header in self.headers]
        if self.body is not None:
            lines.append(("data-raw", self.body))
        if self.method:
            lines.append(("request", self.method))
        # write-out's own escapes must reach curl as they are.
        return "".join(f'{name} = "{value}"\n' if name == "write-out" else f"{name} = {quote(value)}\n" for name, value in lines)


def metadata(path):
    """One value of the instance's metadata, by IMDSv2."""
    run = ["curl", "-sSf", "-m", "5"]
    ttl = "X-aws-ec2-metadata-token-ttl-seconds: 300"
    token = subprocess.run([*run, "-X", "PUT", "-H", ttl, f"{METADATA}/api/token"], check=True, capture_output=True, text=True)
    header = f"header = {quote('X-aws-ec2-metadata-token: ' + token.stdout)}\n"
    answer = subprocess.run([*run, "-K", "-", f"{METADATA}/meta-data/{path}"], input=header, check=True, capture_output=True, text=True)
    return answer.stdout


def credentials():
    """The role's present keys: AccessKeyId, SecretAccessKey, Token, Expiration."""
    role = metadata("iam/security-credentials/").strip()
    return json.loads(metadata(f"iam/security-credentials/{role}"))


def perform(requests, region):
    """Send every request at once; each gets its `status` (0: no answer) and `answer`."""
    keys = credentials()
    with tempfile.TemporaryDirectory(dir="/run", prefix="foobar-") as folder:
        paths = [Path(folder) / str(number) for number in range(len(requests))]
        sections = [request.config(keys, region, path, number) for number, (request, path) in enumerate(zip(requests, paths))]
        done = subprocess.run(
            ["curl", "-sS", "--parallel", "--parallel-immediate", "-K", "-"],
            input="next\n".join(sections),
            capture_output=True,
            text=True,
        )
        statuses = dict(line.split() for line in done.stdout.splitlines())
        for number, (request, path) in enumerate(zip(requests, paths)):
            request.status = int(statuses.get(str(number), "0"))
            request.answer = path.read_bytes() if path.exists() else b""
    return done.stderr.strip()


def perform_all(requests, region):
    """Like `perform`, but every request succeeds: what fails is tried again for a minute.

    Raises AwsError naming each request that still fails, with AWS's own words."""
    started, left = time.monotonic(), list(requests)
    while True:
        try:
            errors = perform(left, region)
        except subprocess.CalledProcessError as error:
            errors = f"instance metadata: {error.stderr.strip()}"
        left = [request for request in left if not 200 <= request.status < 300]
        if not left:
            return
        if time.monotonic() - started > RETRY_SEC:
            said = [f"{r.what}: want 200, got {r.status or errors} {r.answer[:300].decode(errors='replace')}" for r in left]
            raise AwsError("; ".join(said) + "; check that it exists and that the host's role may read it")
        time.sleep(1)


class Bucket:
    """Requests for objects of the site's bucket."""

    def __init__(self, settings):
        self.region = settings.region
        self.base = f"https://{settings.bucket}.s3.{settings.region}.amazonaws.com"

    def get(self, key):
        return Request("s3", f"{self.base}/{key}", ["x-amz-content-sha256: UNSIGNED-PAYLOAD"], what=f"object {key}")

    def put(self, key, value, only_if_absent=False):
        headers = ["x-amz-content-sha256: UNSIGNED-PAYLOAD", "Content-Type: application/json"]
        if only_if_absent:
            headers.append("If-None-Match: *")
        return Request("s3", f"{self.base}/{key}", headers, json.dumps(value), "PUT", what=f"object {key}")

    def delete(self, key):
        return Request("s3", f"{self.base}/{key}", ["x-amz-content-sha256: UNSIGNED-PAYLOAD"], method="DELETE", what=f"object {key}")


def secret(settings, name):
    """Request for the current value of one of the stack's secrets; `secret_text` reads the answer."""
    full = f"{settings.secrets}/{name}"
    headers = ["Content-Type: application/x-amz-json-1.1", "X-Amz-Target: secretsmanager.GetSecretValue"]
    body = json.dumps({"SecretId": full})
    url = f"https://secretsmanager.{settings.region}.amazonaws.com/"
    return Request("secretsmanager", url, headers, body, what=f"secret {full}")


def secret_text(request):
    return json.loads(request.answer)["SecretString"]
