#!/bin/bash
# Fetches the host bundle with the instance's own role and runs the boot in it. Part of user data, so it is small and
# holds no secret; everything else comes from the bundle. Written for a bare cloud image: bash, and curl if it is there.
set -euo pipefail
. /etc/foobar/host.env
exec 2>&1

metadata() { # PATH
  local token
  token=$(curl -sSf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' http://169.254.169.254/latest/api/token) &&
    curl -sSf -m 5 -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

field() { # JSON NAME
  sed -n 's/.*"'"$2"'" *: *"\([^"]*\)".*/\1/p' <<<"$1"
}

s3() { # KEY CURL-OPTION...: keys go in by standard input, because arguments are visible to every process
  local role keys key=$1
  shift
  role=$(metadata iam/security-credentials/) && keys=$(metadata "iam/security-credentials/$role") &&
    curl -sSf -m 60 --aws-sigv4 "aws:amz:$FOOBAR_REGION:s3" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -K - "$@" \
      "https://$FOOBAR_BUCKET.s3.$FOOBAR_REGION.amazonaws.com/$key" <<END
user = "$(field "$keys" AccessKeyId):$(field "$keys" SecretAccessKey)"
header = "x-amz-security-token: $(field "$keys" Token)"
END
}

if [ "${1:-}" = --report-failure ]; then
  # The whole report is one object: the deployment that waits for this host shows the log's end and stops.
  report=$(journalctl -u foobar-boot -o cat -n 60 --no-pager | python3 -c '
import json, sys
print(json.dumps({"status": "failed", "host": sys.argv[1], "log": sys.stdin.read()}))' "$FOOBAR_HOST")
  s3 "ready/$(metadata instance-id).json" -X PUT --data-binary "$report" -H 'Content-Type: application/json'
  exit
fi

if ! command -v curl >/dev/null; then
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends curl ca-certificates
fi

# A new role's rights take a while to be known everywhere: try for a minute.
bundle=/run/foobar-host.tar.gz
until s3 "$FOOBAR_HOST_BUNDLE" -o "$bundle"; do
  if ((SECONDS > 60)); then
    echo "bundle $FOOBAR_HOST_BUNDLE: want it from bucket $FOOBAR_BUCKET, got the error above for 60 s; check the bucket, the role and the route to S3"
    exit 1
  fi
  sleep 1
done
rm -rf /opt/foobar/host
install -d /opt/foobar/host
tar -xzf "$bundle" -C /opt/foobar/host --no-same-owner
rm "$bundle"
exec /opt/foobar/host/bin/boot
