#!/usr/bin/env bash
# Runs AWS's own clients, and some that are not AWS's, against `pnpm serve`: those that are installed. Installs nothing.
#
#   examples/real-clients.sh [aws] [curl] [boto3] [sdk] [terraform]
#
# Nothing can reach AWS: the identity of whoever runs this is out of sight, every endpoint is local, and whatever would go
# anywhere else goes to a proxy that is not there.
set -euo pipefail
cd "$(dirname "$0")/.."

for name in $(compgen -e | grep '^AWS_' || true); do unset "$name"; done
work=$(mktemp -d)
# The command line keeps the sessions of profiles there.
export HOME=$work
export AWS_CONFIG_FILE=$work/config AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_PAGER='' AWS_MAX_ATTEMPTS=1
export HTTPS_PROXY=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9
export http_proxy=http://127.0.0.1:9 NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 CHECKPOINT_DISABLE=1

account=111111111111
device=arn:aws:iam::$account:mfa/alice
my_role=arn:aws:iam::$account:role/my-role
admin=arn:aws:iam::$account:role/admin
auditor=arn:aws:iam::222222222222:role/auditor
deployer=arn:aws:iam::222222222222:role/deployer
policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
export device my_role admin auditor deployer policy

# The node of this repository, whatever the machine has.
node=$PWD/node_modules/.bin/node
server='' storage='' failures=0 missing=()

stop() {
  for pid in $server $storage; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  server='' storage=''
}
trap 'stop; rm -rf "$work"' EXIT

# A fresh world for each client: an MFA code is good once.
start() {
  stop
  : >"$work/log"
  "$node" packages/memory/scripts/serve.ts --port 0 >"$work/log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    url=$(sed -n 's/^sts listening on //p' "$work/log")
    [ -n "$url" ] && break
    sleep 0.1
  done
  [ -n "$url" ] || { cat "$work/log"; exit 1; }
  export AWS_ENDPOINT_URL=$url AWS_ENDPOINT_URL_STS=$url
  cat >"$AWS_CONFIG_FILE" <<EOF
[profile alice]
aws_access_key_id = $AWS_ACCESS_KEY_ID
aws_secret_access_key = $AWS_SECRET_ACCESS_KEY
[profile my-role]
role_arn = $my_role
role_session_name = first
source_profile = alice
[profile deployer]
role_arn = $deployer
role_session_name = second
source_profile = my-role
EOF
}

# What the device of the demo world's alice shows (RFC 6238).
cat >"$work/totp.mjs" <<'EOF'
import { createHmac } from "node:crypto"
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
const bits = Array.from(secret, (letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("")
const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)))
const counter = Buffer.alloc(8)
counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
const mac = createHmac("sha1", key).update(counter).digest()
console.log(String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0"))
EOF

# expect NAME PATTERN COMMAND...: the output, errors included, has to match.
expect() {
  local name=$1 pattern=$2 output
  shift 2
  output=$("$@" 2>&1) || true
  if grep -Eq -- "$pattern" <<<"$output"; then
    echo "  ok      $name"
  else
    echo "  FAILED  $name: expected /$pattern/ in"
    sed 's/^/            /' <<<"$output"
    failures=$((failures + 1))
  fi
}

# wanted NAME COMMAND...: whether to run a client; COMMAND says whether it is installed.
selected=" $* "
wanted() {
  local name=$1
  shift
  [ "$selected" = "  " ] || [[ $selected == *" $name "* ]] || return 1
  if "$@" >/dev/null 2>&1; then
    echo "$name"
    start
  else
    missing+=("$name")
    return 1
  fi
}

if wanted aws aws --version; then
  expect "get-caller-identity" "arn:aws:iam::$account:user/alice" aws sts get-caller-identity
  expect "assume-role, with a policy" "assumed-role/my-role/cli" \
    aws sts assume-role --role-arn "$my_role" --role-session-name cli --policy "$policy" --duration-seconds 900
  expect "assume-role, external id" "assumed-role/auditor/cli" \
    aws sts assume-role --role-arn "$auditor" --role-session-name cli --external-id partner-7f3a
  expect "assume-role, wrong external id" "\(AccessDenied\).*not authorized to perform: sts:AssumeRole on resource: $auditor" \
    aws sts assume-role --role-arn "$auditor" --role-session-name cli --external-id wrong
  expect "assume-role, MFA" "assumed-role/admin/cli" aws sts assume-role --role-arn "$admin" --role-session-name cli \
    --serial-number "$device" --token-code "$("$node" "$work/totp.mjs")"
  expect "get-session-token" '"SessionToken": "IQoJb3JpZ2luX2Vj' aws sts get-session-token --duration-seconds 900
  expect "get-federation-token" "federated-user/guest" aws sts get-federation-token --name guest --policy "$policy"
  expect "get-access-key-info" "$account" aws sts get-access-key-info --access-key-id "$AWS_ACCESS_KEY_ID"
  expect "a chain of two profiles" "arn:aws:sts::222222222222:assumed-role/deployer/second" \
    env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY aws sts get-caller-identity --profile deployer
  expect "a wrong secret" "\(SignatureDoesNotMatch\)" env AWS_SECRET_ACCESS_KEY=wrong aws sts get-caller-identity
  expect "what is not simulated" "\(UnsupportedOperation\)" \
    aws sts decode-authorization-message --encoded-message message
fi

if wanted curl bash -c 'curl --help all | grep aws-sigv4'; then
  sigv4=(--silent --aws-sigv4 aws:amz:us-east-1:sts --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY")
  expect "GET" "<Arn>arn:aws:iam::$account:user/alice</Arn>" \
    curl "${sigv4[@]}" "$url/?Action=GetCallerIdentity&Version=2011-06-15"
  expect "POST" "<Arn>arn:aws:iam::$account:user/alice</Arn>" \
    curl "${sigv4[@]}" --data "Action=GetCallerIdentity&Version=2011-06-15" "$url/"
  expect "JSON" '"Arn":"arn:aws:sts::'"$account"':assumed-role/my-role/curl"' curl "${sigv4[@]}" \
    --header "Accept: application/json" --data-urlencode "RoleArn=$my_role" --data-urlencode "RoleSessionName=curl" \
    --data "Action=AssumeRole&Version=2011-06-15" "$url/"
  expect "no signature" "MissingAuthenticationToken" curl --silent "$url/?Action=GetCallerIdentity&Version=2011-06-15"
fi

if wanted boto3 python3 -c 'import boto3'; then
  cat >"$work/boto.py" <<'EOF'
import os, sys, boto3, urllib.request, urllib.error
from botocore.exceptions import ClientError
url, code = os.environ["AWS_ENDPOINT_URL_STS"], sys.argv[1]
env = os.environ
sts = boto3.client("sts", endpoint_url=url, region_name="us-east-1")
role = dict(RoleArn=env["my_role"], RoleSessionName="boto")
calls = {
    "get_caller_identity": {},
    "assume_role": dict(role, Policy=env["policy"], DurationSeconds=900),
    "get_session_token": dict(SerialNumber=env["device"], TokenCode=code),
    "get_federation_token": dict(Name="guest"),
    "get_access_key_info": dict(AccessKeyId=env["AWS_ACCESS_KEY_ID"]),
    "assume_role_with_saml": dict(RoleArn=env["my_role"], PrincipalArn=env["my_role"], SAMLAssertion="PHg+"),
    "assume_role_with_web_identity": dict(role, WebIdentityToken="a.b.c"),
    "assume_root": dict(TargetPrincipal="222222222222", TaskPolicyArn={"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}),
    "decode_authorization_message": dict(EncodedMessage="message"),
    "get_delegated_access_token": dict(TradeInToken="token"),
    "get_web_identity_token": dict(Audience=["https://example.com"], SigningAlgorithm="RS256"),
}
for name, parameters in calls.items():
    try:
        answer = getattr(sts, name)(**parameters)
        print(name, "ok", answer["ResponseMetadata"]["HTTPStatusCode"], answer["ResponseMetadata"]["RequestId"])
    except ClientError as error:
        print(name, error.response["Error"]["Code"], error.response["ResponseMetadata"]["RequestId"])
    except AttributeError:
        print(name, "is not in this boto3")
# A presigned URL, as EKS and Vault take for proof of identity.
print("presigned", urllib.request.urlopen(sts.generate_presigned_url("get_caller_identity", HttpMethod="GET")).status)
# Credentials that renew themselves, as programs use them.
session = boto3.Session(profile_name="deployer")
print("chain", session.client("sts", endpoint_url=url).get_caller_identity()["Arn"])
EOF
  env -u AWS_PROFILE python3 "$work/boto.py" "$("$node" "$work/totp.mjs")" >"$work/boto" 2>&1 || true
  for name in get_caller_identity assume_role get_session_token get_federation_token get_access_key_info; do
    expect "$name" "^$name ok 200 [0-9a-f-]{36}$" cat "$work/boto"
  done
  for name in assume_role_with_saml assume_role_with_web_identity assume_root decode_authorization_message \
    get_delegated_access_token get_web_identity_token; do
    expect "$name" "^$name (UnsupportedOperation [0-9a-f-]{36}|is not in this boto3)$" cat "$work/boto"
  done
  expect "a presigned URL" "^presigned 200$" cat "$work/boto"
  expect "a chain of two profiles" "^chain arn:aws:sts::222222222222:assumed-role/deployer/second$" cat "$work/boto"
fi

if wanted sdk test -d packages/sdk/node_modules/@aws-sdk/client-sts; then
  cat >"$work/sdk.mjs" <<'EOF'
import { createRequire } from "node:module"
const sdk = createRequire(`${process.cwd()}/packages/sdk/package.json`)("@aws-sdk/client-sts")
const { admin, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_STS, AWS_SECRET_ACCESS_KEY, auditor, device, my_role } = process.env
const sts = new sdk.STSClient({
  region: "us-east-1",
  endpoint: AWS_ENDPOINT_URL_STS,
  credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  maxAttempts: 1,
})
const role = { RoleArn: my_role, RoleSessionName: "sdk" }
const calls = {
  GetCallerIdentity: {},
  AssumeRole: { ...role, RoleArn: admin, SerialNumber: device, TokenCode: process.argv[2] },
  GetSessionToken: { DurationSeconds: 900 },
  GetFederationToken: { Name: "guest" },
  GetAccessKeyInfo: { AccessKeyId: AWS_ACCESS_KEY_ID },
  AssumeRoleWithSAML: { RoleArn: my_role, PrincipalArn: my_role, SAMLAssertion: "PHg+" },
  AssumeRoleWithWebIdentity: { ...role, WebIdentityToken: "a.b.c" },
  AssumeRoot: { TargetPrincipal: "222222222222", TaskPolicyArn: { arn: "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy" } },
  DecodeAuthorizationMessage: { EncodedMessage: "message" },
  GetDelegatedAccessToken: { TradeInToken: "token" },
  GetWebIdentityToken: { Audience: ["https://example.com"], SigningAlgorithm: "RS256" },
}
for (const [name, input] of Object.entries(calls)) {
  try {
    const { $metadata } = await sts.send(new sdk[`${name}Command`](input))
    console.log(name, "ok", $metadata.httpStatusCode, $metadata.requestId)
  } catch (error) {
    console.log(name, error.name, error.$metadata?.requestId)
  }
}
// A session of the SDK's own making signs the next call.
const { Credentials: keys } = await sts.send(new sdk.AssumeRoleCommand({ ...role, RoleArn: auditor, ExternalId: "partner-7f3a" }))
const credentials = { accessKeyId: keys.AccessKeyId, secretAccessKey: keys.SecretAccessKey, sessionToken: keys.SessionToken }
const other = new sdk.STSClient({ region: "us-east-1", endpoint: AWS_ENDPOINT_URL_STS, credentials, maxAttempts: 1 })
console.log("session", (await other.send(new sdk.GetCallerIdentityCommand({}))).Arn)
EOF
  "$node" "$work/sdk.mjs" "$("$node" "$work/totp.mjs")" >"$work/sdk" 2>&1 || true
  for name in GetCallerIdentity AssumeRole GetSessionToken GetFederationToken GetAccessKeyInfo; do
    expect "$name" "^$name ok 200 [0-9a-f-]{36}$" cat "$work/sdk"
  done
  for name in AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage \
    GetDelegatedAccessToken GetWebIdentityToken; do
    expect "$name" "^$name UnsupportedOperation [0-9a-f-]{36}$" cat "$work/sdk"
  done
  expect "a session of AssumeRole" "^session arn:aws:sts::222222222222:assumed-role/auditor/sdk$" cat "$work/sdk"
fi

if wanted terraform terraform version; then
  # An S3 with nothing in it, which writes down who comes.
  cat >"$work/storage.mjs" <<'EOF'
import { createServer } from "node:http"
const empty = `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>state</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>`
const server = createServer((request, response) => {
  console.log(request.method, request.url, /Credential=(\w{4})/.exec(request.headers.authorization ?? "")?.[1])
  const isList = request.url.includes("list-type=2") || /^\/state\/?\?/.test(request.url)
  response.writeHead(isList ? 200 : 404, { "content-type": "application/xml" })
  response.end(isList ? empty : undefined)
})
server.listen(0, "127.0.0.1", () => console.log(`listening ${server.address().port}`))
EOF
  "$node" "$work/storage.mjs" >"$work/storage" 2>&1 &
  storage=$!
  until grep -q '^listening' "$work/storage"; do sleep 0.1; done
  port=$(sed -n 's/^listening //p' "$work/storage")
  mkdir "$work/terraform"
  cat >"$work/terraform/main.tf" <<EOF
terraform {
  backend "s3" {
    bucket         = "state"
    key            = "terraform.tfstate"
    region         = "us-east-1"
    access_key     = "$AWS_ACCESS_KEY_ID"
    secret_key     = "$AWS_SECRET_ACCESS_KEY"
    use_path_style = true
    endpoints      = { sts = "$url", s3 = "http://127.0.0.1:$port" }
    assume_role    = { role_arn = "$my_role", session_name = "terraform" }
  }
}
EOF
  unset AWS_ENDPOINT_URL
  expect "init with an S3 backend that assumes a role" "successfully initialized" \
    env TF_CLI_CONFIG_FILE=/dev/null terraform -chdir="$work/terraform" init -no-color -input=false
  expect "comes to S3 with the role's session" " ASIA$" cat "$work/storage"
fi

[ ${#missing[@]} -eq 0 ] || echo "not installed, so not tried: ${missing[*]}"
[ "$failures" -eq 0 ] || { echo "$failures failed"; exit 1; }
echo "all well"
