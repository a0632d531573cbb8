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
ci=arn:aws:iam::$account:role/ci
analyst=arn:aws:iam::$account:role/analyst
idp=arn:aws:iam::$account:saml-provider/example-idp
policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
export device my_role admin auditor deployer ci analyst idp policy work

# The node of this repository, whatever the machine has.
node=$PWD/node_modules/.bin/node
server='' storage='' failures=0 passed=0 missing=() skipped=() session_keys='' session_token=''

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

# What others make for the world that is served: tokens, assertions, codes, messages.
mint() { "$node" packages/memory/scripts/mint.ts "$@"; }
mfa() { mint mfa --serial "$device"; }

# The token in the output of a client, verified with the keys that the server publishes for its issuer.
cat >"$work/verify.mjs" <<'EOF'
import { createPublicKey, verify } from "node:crypto"
import { readFileSync } from "node:fs"
const answer = readFileSync(0, "utf8")
const [token] = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(answer) ?? []
if (token === undefined) throw new Error(`There is no token in ${answer}`)
const [head, body, signature] = token.split(".")
const decode = (part) => JSON.parse(Buffer.from(part, "base64url").toString())
const { alg, kid } = decode(head)
const { aud, exp, iss, sub } = decode(body)
const server = `${process.env.AWS_ENDPOINT_URL_STS}/${new URL(iss).host}`
const { jwks_uri } = await (await fetch(`${server}/.well-known/openid-configuration`)).json()
const { keys } = await (await fetch(jwks_uri)).json()
const key = createPublicKey({ key: keys.find((each) => each.kid === kid), format: "jwk" })
const hash = alg === "RS256" ? "sha256" : "sha384"
const good = verify(hash, Buffer.from(`${head}.${body}`), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"))
console.log(good && exp * 1000 > Date.now() ? "verified" : "not verified", alg, `aud=${aud}`, `sub=${sub}`)
EOF
verified() { "$@" | "$node" "$work/verify.mjs"; }

# The calls that boto3, the SDK and curl make: who calls, what, with which input, and what the outcome has to match. In the
# words of AWS, where it refuses. To `cases` goes a line for each, to `case.N` its input as a form.
cat >"$work/cases.mjs" <<'EOF'
import { readFileSync, writeFileSync } from "node:fs"
const { admin, analyst, auditor, ci, code, deployer, device, idp, my_role, policy, work } = process.env
const read = (name) => readFileSync(`${work}/${name}`, "utf8").trim()
const session = { RoleArn: my_role, RoleSessionName: "job" }
const readOnly = { arn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" }
const task = { arn: "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy" }
const tags = [{ Key: "team", Value: "a" }, { Key: "stage", Value: "test" }]
const web = { RoleArn: ci, RoleSessionName: "job" }
const saml = { RoleArn: analyst, PrincipalArn: idp }
const alice = "arn:aws:iam::111111111111:user/alice"
const bobMayNot = "AccessDenied.*User: arn:aws:iam::111111111111:user/bob is not authorized to perform:"
const byIdentity = (action) => `${bobMayNot} ${action} because no identity-based policy allows the ${action} action`
const cases = [
  ["alice", "GetCallerIdentity", {}, alice],
  ["wrong", "GetCallerIdentity", {}, "SignatureDoesNotMatch.*The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."],
  ["unknown", "GetCallerIdentity", {}, "InvalidClientTokenId.*The security token included in the request is invalid."],
  ["alice", "AssumeRole", { ...session, Policy: policy, PolicyArns: [readOnly], DurationSeconds: 900 }, "assumed-role/my-role/job"],
  ["alice", "AssumeRole", { ...session, Tags: tags, TransitiveTagKeys: ["team"], SourceIdentity: "alice" }, "SourceIdentity.*alice"],
  ["alice", "AssumeRole", { ...session, RoleArn: auditor, ExternalId: "partner-7f3a" }, "assumed-role/auditor/job"],
  ["alice", "AssumeRole", { ...session, RoleArn: admin, SerialNumber: device, TokenCode: code }, "assumed-role/admin/job"],
  ["alice", "AssumeRole", { ...session, RoleArn: admin, SerialNumber: device, TokenCode: code }, "AccessDenied.*MultiFactorAuthentication failed with invalid MFA one time pass code."],
  ["alice", "AssumeRole", { ...session, RoleArn: auditor, ExternalId: "wrong" }, `AccessDenied.*User: ${alice} is not authorized to perform: sts:AssumeRole on resource: ${auditor}`],
  ["alice", "AssumeRole", { ...session, DurationSeconds: 43201 }, "ValidationError.*Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200"],
  ["session", "AssumeRole", { ...session, RoleArn: deployer, DurationSeconds: 3601 }, "ValidationError.*The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"],
  ["session", "GetCallerIdentity", {}, "assumed-role/my-role/job"],
  ["nobody", "AssumeRoleWithWebIdentity", { ...web, WebIdentityToken: read("token") }, "assumed-role/ci/job"],
  ["nobody", "AssumeRoleWithWebIdentity", { ...web, WebIdentityToken: read("expired-token") }, "ExpiredToken.*Token expired: current date/time [0-9]+ must be before the expiration date/time [0-9]+"],
  ["nobody", "AssumeRoleWithSAML", { ...saml, SAMLAssertion: read("assertion") }, "assumed-role/analyst/ada"],
  ["nobody", "AssumeRoleWithSAML", { ...saml, RoleArn: ci, SAMLAssertion: read("assertion") }, "InvalidIdentityToken.*SAML Assertion doesn't contain the requested Role and Metadata in the attributes"],
  ["alice", "AssumeRoot", { TargetPrincipal: "222222222222", TaskPolicyArn: task }, "AccessKeyId.*ASIA"],
  ["bob", "AssumeRoot", { TargetPrincipal: "222222222222", TaskPolicyArn: task }, `${bobMayNot} sts:AssumeRoot on resource: arn:aws:iam::222222222222:root`],
  ["alice", "DecodeAuthorizationMessage", { EncodedMessage: read("denial") }, "allowed.*false.*ec2:RunInstances"],
  ["alice", "DecodeAuthorizationMessage", { EncodedMessage: `${read("denial")}x` }, "InvalidAuthorizationMessageException"],
  ["alice", "GetAccessKeyInfo", { AccessKeyId: "ASIAY34FZKBOKMUTVV7A" }, "609629065308"],
  ["bob", "GetAccessKeyInfo", { AccessKeyId: "ASIAY34FZKBOKMUTVV7A" }, byIdentity("sts:GetAccessKeyInfo")],
  ["alice", "GetDelegatedAccessToken", { TradeInToken: read("trade-in") }, `AssumedPrincipal.*${my_role}`],
  ["alice", "GetDelegatedAccessToken", { TradeInToken: read("expired-trade-in") }, "ExpiredTradeInToken.*The trade-in token provided in the request has expired"],
  ["alice", "GetFederationToken", { Name: "guest", Policy: policy, Tags: tags }, "federated-user/guest"],
  ["session", "GetFederationToken", { Name: "guest" }, "AccessDenied.*Cannot call GetFederationToken with session credentials"],
  ["alice", "GetSessionToken", { DurationSeconds: 900 }, "AccessKeyId.*ASIA"],
  ["session", "GetSessionToken", {}, "AccessDenied.*Cannot call GetSessionToken with session credentials"],
  ["alice", "GetWebIdentityToken", { Audience: ["example.com"], SigningAlgorithm: "RS256", Tags: tags }, "eyJ"],
  ["alice", "GetWebIdentityToken", { Audience: ["example.com"], SigningAlgorithm: "ES384" }, "eyJ"],
  ["bob", "GetWebIdentityToken", { Audience: ["example.com"], SigningAlgorithm: "RS256" }, byIdentity("sts:GetWebIdentityToken")],
]
const members = (name, value) => {
  if (Array.isArray(value)) return value.flatMap((item, index) => members(`${name}.member.${index + 1}`, item))
  if (typeof value !== "object") return [[name, String(value)]]
  return Object.entries(value).flatMap(([key, item]) => members(name === "" ? key : `${name}.${key}`, item))
}
for (const [index, [, operation, input]] of cases.entries()) {
  const form = new URLSearchParams([["Action", operation], ["Version", "2011-06-15"], ...members("", input)])
  writeFileSync(`${work}/case.${index}`, form.toString())
}
writeFileSync(`${work}/cases.json`, JSON.stringify(cases))
writeFileSync(`${work}/cases`, cases.map(([who, operation, , pattern]) => `${who}\t${operation}\t${pattern}\n`).join(""))
EOF

# What `cases` need that is made outside of STS. What is good once, or for minutes, is made for each client.
past=2020-01-01T00:00:00Z
web=(web-identity --provider token.actions.githubusercontent.com --subject repo:octo-org/octo-repo:ref:refs/heads/main)
prepare() {
  [ -s "$work/token" ] || {
    mint "${web[@]}" --tag team=a --tag stage=test --transitive-tag team >"$work/token"
    mint "${web[@]}" --now "$past" >"$work/expired-token"
    mint trade-in --role "$my_role" >"$work/trade-in"
    mint trade-in --role "$my_role" --now "$past" >"$work/expired-trade-in"
    mint denial --caller "arn:aws:iam::$account:user/alice" --action ec2:RunInstances --resource '*' >"$work/denial"
  }
  mint saml --provider "$idp" --role "$analyst" --session ada --tag team=a >"$work/assertion"
  code=$(mfa) "$node" "$work/cases.mjs"
  rm -rf "$work/outcome"
  mkdir "$work/outcome"
}

# by_curl N: a case that is signed by a user, without any SDK.
by_curl() {
  local who keys
  who=$(sed -n "$(($1 + 1))p" "$work/cases" | cut -f1)
  case $who in
    bob) keys=AKIAI44QH8DHBEXAMPLE:je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY ;;
    wrong) keys=$AWS_ACCESS_KEY_ID:wrong ;;
    unknown) keys=AKIAUNKNOWN000000000:unknown ;;
    session) keys=$session_keys ;;
    *) keys=$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY ;;
  esac
  set -- --silent --header "Accept: application/json" --data "@$work/case.$1" "$url/"
  [ "$who" = session ] && set -- --header "X-Amz-Security-Token: $session_token" "$@"
  [ "$who" = nobody ] || set -- --aws-sigv4 aws:amz:us-east-1:sts --user "$keys" "$@"
  curl "$@"
}
has_curl() { curl --help all | grep -q aws-sigv4; }

# without CLIENT OPERATION: the client is older than the operation.
without() {
  echo "  skipped $2: this $1 does not know it"
  skipped+=("$2 by $1")
}

# expect_cases CLIENT: `outcome/N` is what came of case N, `unknown` where the client is older than the operation.
expect_cases() {
  local client=$1 index=-1 who operation pattern
  while IFS=$'\t' read -r who operation pattern; do
    index=$((index + 1))
    if [ "$(cat "$work/outcome/$index" 2>/dev/null)" = unknown ]; then
      without "$client" "$operation"
      if has_curl; then
        by_curl "$index" >"$work/outcome/$index"
        expect "$operation, $who, by curl" "$pattern" cat "$work/outcome/$index"
      fi
    else
      expect "$operation, $who" "$pattern" cat "$work/outcome/$index"
    fi
    if [[ $operation$pattern = GetWebIdentityTokeneyJ ]]; then
      expect "$operation, verified with the server's keys" "^verified (RS256|ES384) aud=example.com " \
        verified cat "$work/outcome/$index"
    fi
  done <"$work/cases"
}

# expect NAME PATTERN COMMAND...: the output, errors included, has to match.
expect() {
  local name=$1 pattern=$2 output
  shift 2
  output=$("$@" 2>&1) || true
  if grep -Eq -- "$pattern" <<<"$output"; then
    echo "  ok      $name"
    passed=$((passed + 1))
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
  prepare
  sts() { aws sts "$@"; }
  as_bob() { AWS_ACCESS_KEY_ID=AKIAI44QH8DHBEXAMPLE AWS_SECRET_ACCESS_KEY=je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY sts "$@"; }
  # A session of my-role, as who wraps the command line would export it.
  in_session() {
    local keys
    keys=$(sts assume-role --role-arn "$my_role" --role-session-name job --output text \
      --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
    # shellcheck disable=SC2086
    set -- $keys "$@"
    AWS_ACCESS_KEY_ID=$1 AWS_SECRET_ACCESS_KEY=$2 AWS_SESSION_TOKEN=$3 sts "${@:4}"
  }
  # expect_cli NAME PATTERN CALLER OPERATION...: where the command line knows the operation; else curl does it.
  expect_cli() {
    local name=$1 pattern=$2 caller=$3 operation=$4 index=-1 who known
    if aws sts "$operation" --generate-cli-skeleton input >/dev/null 2>&1; then
      expect "$name" "$pattern" "${@:3}"
    else
      without aws "$operation"
      has_curl || return 0
      while IFS=$'\t' read -r who known pattern; do
        index=$((index + 1))
        [[ ${operation//-/} = "${known,,}" ]] || continue
        if [ "$caller" = as_bob ]; then [ "$who" = bob ] || continue; else [ "$who" = alice ] || continue; fi
        expect "$known, $who, by curl" "$pattern" by_curl "$index"
      done <"$work/cases"
    fi
  }
  example=(--audience example.com --signing-algorithm)
  root_task=(--task-policy-arn arn=arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy --target-principal 222222222222)
  my_session=(assume-role --role-arn "$my_role" --role-session-name cli)
  tagging=(--tags Key=team,Value=a Key=stage,Value=test --transitive-tag-keys team)
  web_session=(assume-role-with-web-identity --role-arn "$ci" --role-session-name cli)
  no_keys=(env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY)
  token_file=("${no_keys[@]}" AWS_WEB_IDENTITY_TOKEN_FILE="$work/token" AWS_ROLE_ARN="$ci" AWS_ROLE_SESSION_NAME=pod)
  bob_may_not="\(AccessDenied\).*User: arn:aws:iam::$account:user/bob is not authorized to perform:"
  by_identity() { echo "$bob_may_not $1 because no identity-based policy allows the $1 action"; }

  expect "get-caller-identity" "arn:aws:iam::$account:user/alice" sts get-caller-identity
  expect "get-caller-identity, a wrong secret" \
    "\(SignatureDoesNotMatch\).*The request signature we calculated does not match the signature you provided\. Check your AWS Secret Access Key and signing method\. Consult the service documentation for details\." \
    env AWS_SECRET_ACCESS_KEY=wrong aws sts get-caller-identity
  expect "get-caller-identity, an unknown key" "\(InvalidClientTokenId\).*The security token included in the request is invalid" \
    env AWS_ACCESS_KEY_ID=AKIAUNKNOWN000000000 aws sts get-caller-identity
  expect "assume-role, policy and policy ARNs" "assumed-role/my-role/cli" sts "${my_session[@]}" --policy "$policy" \
    --policy-arns arn=arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess --duration-seconds 900
  expect "assume-role, tags, one of them transitive, and a source identity" '"SourceIdentity": "alice"' \
    sts "${my_session[@]}" "${tagging[@]}" --source-identity alice
  expect "assume-role, external id" "assumed-role/auditor/cli" \
    sts assume-role --role-arn "$auditor" --role-session-name cli --external-id partner-7f3a
  expect "assume-role, wrong external id" \
    "\(AccessDenied\).*User: arn:aws:iam::$account:user/alice is not authorized to perform: sts:AssumeRole on resource: $auditor" \
    sts assume-role --role-arn "$auditor" --role-session-name cli --external-id wrong
  code=$(mfa)
  with_mfa=(assume-role --role-arn "$admin" --role-session-name cli --serial-number "$device" --token-code "$code")
  expect "assume-role, MFA" "assumed-role/admin/cli" sts "${with_mfa[@]}"
  expect "assume-role, the same MFA code again" \
    "\(AccessDenied\).*MultiFactorAuthentication failed with invalid MFA one time pass code" sts "${with_mfa[@]}"
  expect "assume-role, longer than the role lets" \
    "\(ValidationError\).*The requested DurationSeconds exceeds the MaxSessionDuration set for this role" \
    sts assume-role --role-arn "$auditor" --role-session-name cli --external-id partner-7f3a --duration-seconds 7200
  expect "assume-role, a chain of more than an hour" \
    "\(ValidationError\).*The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining" \
    in_session assume-role --role-arn "$deployer" --role-session-name cli --duration-seconds 3601
  expect "a chain of two profiles" "arn:aws:sts::222222222222:assumed-role/deployer/second" \
    "${no_keys[@]}" aws sts get-caller-identity --profile deployer
  expect "assume-role-with-web-identity" "assumed-role/ci/cli" \
    "${no_keys[@]}" aws sts "${web_session[@]}" --web-identity-token "$(cat "$work/token")"
  expect "assume-role-with-web-identity, a token file" "arn:aws:sts::$account:assumed-role/ci/pod" \
    "${token_file[@]}" aws sts get-caller-identity
  expect "assume-role-with-web-identity, an expired token" \
    "\(ExpiredTokenException\).*Token expired: current date/time [0-9]+ must be before the expiration date/time [0-9]+" \
    "${no_keys[@]}" aws sts "${web_session[@]}" --web-identity-token "$(cat "$work/expired-token")"
  expect "assume-role-with-web-identity, an expired token in a file" "\(ExpiredTokenException\).*Token expired" \
    "${token_file[@]}" AWS_WEB_IDENTITY_TOKEN_FILE="$work/expired-token" AWS_ROLE_SESSION_NAME=late aws sts get-caller-identity
  expect "assume-role-with-saml" "assumed-role/analyst/ada" "${no_keys[@]}" aws sts assume-role-with-saml \
    --role-arn "$analyst" --principal-arn "$idp" --saml-assertion "$(cat "$work/assertion")"
  expect "assume-role-with-saml, a role that is not in the assertion" \
    "\(InvalidIdentityToken\).*SAML Assertion doesn't contain the requested Role and Metadata in the attributes" \
    "${no_keys[@]}" aws sts assume-role-with-saml \
    --role-arn "$ci" --principal-arn "$idp" --saml-assertion "$(cat "$work/assertion")"
  expect_cli "assume-root" '"AccessKeyId": "ASIA' sts assume-root "${root_task[@]}"
  expect_cli "assume-root, bob" "$bob_may_not sts:AssumeRoot on resource: arn:aws:iam::222222222222:root" as_bob assume-root "${root_task[@]}"
  expect "decode-authorization-message" '"DecodedMessage".*allowed.*false.*ec2:RunInstances' \
    sts decode-authorization-message --encoded-message "$(cat "$work/denial")"
  expect "decode-authorization-message, not to the letter" "\(InvalidAuthorizationMessageException\)" \
    sts decode-authorization-message --encoded-message "$(tr a-z b-za <"$work/denial")"
  expect "get-access-key-info" 609629065308 sts get-access-key-info --access-key-id ASIAY34FZKBOKMUTVV7A
  expect "get-access-key-info, bob" "$(by_identity sts:GetAccessKeyInfo)" \
    as_bob get-access-key-info --access-key-id ASIAY34FZKBOKMUTVV7A
  expect_cli "get-delegated-access-token" "\"AssumedPrincipal\": \"$my_role\"" \
    sts get-delegated-access-token --trade-in-token "$(cat "$work/trade-in")"
  expect_cli "get-delegated-access-token, expired" \
    "\(ExpiredTradeInTokenException\).*The trade-in token provided in the request has expired" \
    sts get-delegated-access-token --trade-in-token "$(cat "$work/expired-trade-in")"
  expect "get-federation-token" "federated-user/guest" \
    sts get-federation-token --name guest --policy "$policy" --tags Key=team,Value=a
  expect "get-federation-token, in a session" "\(AccessDenied\).*Cannot call GetFederationToken with session credentials" \
    in_session get-federation-token --name guest
  expect "get-session-token" '"SessionToken": "IQoJb3JpZ2luX2Vj' sts get-session-token --duration-seconds 900
  expect "get-session-token, in a session" "\(AccessDenied\).*Cannot call GetSessionToken with session credentials" \
    in_session get-session-token
  if aws sts get-web-identity-token --generate-cli-skeleton input >/dev/null 2>&1; then
    for algorithm in RS256 ES384; do
      expect "get-web-identity-token, $algorithm, verified with the server's keys" \
        "^verified $algorithm aud=example.com sub=arn:aws:iam::$account:user/alice" \
        verified aws sts get-web-identity-token "${example[@]}" "$algorithm" --tags Key=team,Value=a
    done
  else
    expect_cli "get-web-identity-token" eyJ sts get-web-identity-token
  fi
  expect_cli "get-web-identity-token, bob" "$(by_identity sts:GetWebIdentityToken)" \
    as_bob get-web-identity-token "${example[@]}" RS256
fi

if wanted curl has_curl; then
  prepare
  sigv4=(--silent --aws-sigv4 aws:amz:us-east-1:sts --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY")
  expect "GET" "<Arn>arn:aws:iam::$account:user/alice</Arn>" \
    curl "${sigv4[@]}" "$url/?Action=GetCallerIdentity&Version=2011-06-15"
  expect "POST" "<Arn>arn:aws:iam::$account:user/alice</Arn>" \
    curl "${sigv4[@]}" --data "Action=GetCallerIdentity&Version=2011-06-15" "$url/"
  expect "no signature" "MissingAuthenticationToken" curl --silent "$url/?Action=GetCallerIdentity&Version=2011-06-15"
  answer=$(curl "${sigv4[@]}" --data "Action=AssumeRole&Version=2011-06-15&RoleSessionName=job" \
    --data-urlencode "RoleArn=$my_role" "$url/")
  field() { sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" <<<"$answer"; }
  session_keys=$(field AccessKeyId):$(field SecretAccessKey) session_token=$(field SessionToken)
  for index in $(seq 0 $(($(wc -l <"$work/cases") - 1))); do by_curl "$index" >"$work/outcome/$index"; done
  expect_cases curl
fi

if wanted boto3 python3 -c 'import boto3'; then
  prepare
  cat >"$work/boto.py" <<'EOF'
import json, os, boto3, urllib.request
from botocore import xform_name
from botocore.exceptions import ClientError
env, work = os.environ, os.environ["work"]
url = env["AWS_ENDPOINT_URL_STS"]

def client(key, secret, token=None):
    return boto3.client("sts", endpoint_url=url, region_name="us-east-1",
                        aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token)

key, secret = env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]
alice = client(key, secret)
session = alice.assume_role(RoleArn=env["my_role"], RoleSessionName="job")["Credentials"]
callers = {
    "alice": alice,
    # What is not signed asks for no keys, but boto3 wants some.
    "nobody": alice,
    "bob": client("AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"),
    "wrong": client(key, "wrong"),
    "unknown": client("AKIAUNKNOWN000000000", "unknown"),
    "session": client(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]),
}
for index, (who, operation, parameters, _) in enumerate(json.load(open(work + "/cases.json"))):
    call = getattr(callers[who], xform_name(operation), None)
    try:
        outcome = "unknown" if call is None else json.dumps(call(**parameters), default=str)
    except ClientError as error:
        outcome = "{Code}: {Message}".format(**error.response["Error"])
    open(f"{work}/outcome/{index}", "w").write(outcome)
# A presigned URL, as EKS and Vault take for proof of identity.
print("presigned", urllib.request.urlopen(alice.generate_presigned_url("get_caller_identity", HttpMethod="GET")).status)
# Credentials that boto3 gets and renews by itself, as programs use them.
print("chain", boto3.Session(profile_name="deployer").client("sts", endpoint_url=url).get_caller_identity()["Arn"])
for name in "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY":
    del env[name]
env.update(AWS_WEB_IDENTITY_TOKEN_FILE=work + "/token", AWS_ROLE_ARN=env["ci"], AWS_ROLE_SESSION_NAME="pod")
print("file", boto3.Session().client("sts", endpoint_url=url).get_caller_identity()["Arn"])
env.update(AWS_WEB_IDENTITY_TOKEN_FILE=work + "/expired-token")
try:
    boto3.Session().client("sts", endpoint_url=url).get_caller_identity()
except ClientError as error:
    print("expired", error)
EOF
  env -u AWS_PROFILE python3 "$work/boto.py" >"$work/boto" 2>&1 || true
  expect_cases boto3
  expect "a presigned URL" "^presigned 200$" cat "$work/boto"
  expect "a chain of two profiles" "^chain arn:aws:sts::222222222222:assumed-role/deployer/second$" cat "$work/boto"
  expect "a token file" "^file arn:aws:sts::$account:assumed-role/ci/pod$" cat "$work/boto"
  expect "an expired token in a file" "^expired .*\(ExpiredTokenException\).*Token expired" cat "$work/boto"
fi

if wanted sdk test -d packages/sdk/node_modules/@aws-sdk/client-sts; then
  prepare
  cat >"$work/sdk.mjs" <<'EOF'
import { readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
const require = createRequire(`${process.cwd()}/packages/sdk/package.json`)
const sdk = require("@aws-sdk/client-sts")
const { defaultProvider } = require("@aws-sdk/credential-provider-node")
const { AWS_ACCESS_KEY_ID: key, AWS_ENDPOINT_URL_STS: endpoint, AWS_SECRET_ACCESS_KEY: secret, ci, my_role, work } = process.env
const config = { region: "us-east-1", endpoint, maxAttempts: 1 }
const client = (accessKeyId, secretAccessKey, sessionToken) =>
  new sdk.STSClient({ ...config, credentials: { accessKeyId, secretAccessKey, sessionToken } })
const alice = client(key, secret)
const { Credentials } = await alice.send(new sdk.AssumeRoleCommand({ RoleArn: my_role, RoleSessionName: "job" }))
const callers = {
  alice,
  nobody: alice,
  bob: client("AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"),
  wrong: client(key, "wrong"),
  unknown: client("AKIAUNKNOWN000000000", "unknown"),
  session: client(Credentials.AccessKeyId, Credentials.SecretAccessKey, Credentials.SessionToken),
}
for (const [index, [who, operation, input]] of JSON.parse(readFileSync(`${work}/cases.json`)).entries()) {
  const Command = sdk[`${operation}Command`]
  const outcome = Command && callers[who].send(new Command(input)).then(JSON.stringify, (error) => `${error.name}: ${error.message}`)
  writeFileSync(`${work}/outcome/${index}`, (await outcome) ?? "unknown")
}
// The SDK's own way from a token in a file to a session.
delete process.env.AWS_ACCESS_KEY_ID
delete process.env.AWS_SECRET_ACCESS_KEY
for (const name of ["token", "expired-token"]) {
  Object.assign(process.env, { AWS_WEB_IDENTITY_TOKEN_FILE: `${work}/${name}`, AWS_ROLE_ARN: ci, AWS_ROLE_SESSION_NAME: "pod" })
  const pod = new sdk.STSClient({ ...config, credentials: defaultProvider({ clientConfig: config }) })
  await pod.send(new sdk.GetCallerIdentityCommand({})).then(
    ({ Arn }) => console.log(name, Arn),
    (error) => console.log(name, `${error.name}: ${error.message}`),
  )
}
EOF
  "$node" "$work/sdk.mjs" >"$work/sdk" 2>&1 || true
  expect_cases sdk
  expect "a token file" "^token arn:aws:sts::$account:assumed-role/ci/pod$" cat "$work/sdk"
  expect "an expired token in a file" "^expired-token ExpiredTokenException: Token expired" cat "$work/sdk"
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
  until grep -qs '^listening' "$work/storage"; do sleep 0.1; done
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
[ ${#skipped[@]} -eq 0 ] || printf 'too old, so skipped: %s\n' "${skipped[@]}" | sort -u
echo "$passed as expected, $failures not"
[ "$failures" -eq 0 ]
