#!/usr/bin/env bash
# The service as a caller meets it: over HTTP, from the folder of a build with the trait Service.
#   Tests/Service/serve.sh .build/debug
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
folder=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; rm -r "$folder"' EXIT
fail() { echo "$1" >&2; exit 1; }

status=0
"$build/btl-serve" --port 99999 2>/dev/null || status=$?
[ "$status" = 2 ] || fail "a port that is none was not refused"

exec {log}< <(exec "$build/btl-serve" --port 0 --limit 1 2>&1)
server=$!
# Its first line says at which port.
read -r -t 60 line <&"$log" || fail "it did not start"
address=${line##*listening on }
[ "$address" != "$line" ] || fail "it did not start: $line"

# post PATH BODY-FILE: the answer goes to $folder/answer, its status is printed.
post() { curl --silent --show-error --max-time 60 --output "$folder/answer" --write-out '%{http_code}' --data-binary "@$2" "$address$1"; }

thread=TrainingData/threads/001-hospital-waiting-list-mullaghbeg.jsonl
"$build/btl" score "$thread" --explain --output "$folder/rows" 2>/dev/null
[ "$(post '/score?explain=true' "$thread")" = 200 ] || fail "POST /score failed"
cmp "$folder/rows" "$folder/answer" || fail "rows differ from those of btl score"

echo '{"comment":{"text":"They hid it."},"requestedAttributes":{"CONSPIRACY":{}}}' >"$folder/request"
[ "$(post '/v1alpha1/comments:analyze?key=none' "$folder/request")" = 200 ] || fail "comments:analyze failed"
grep -q '"summaryScore":{"value":0\.' "$folder/answer" || fail "comments:analyze gave no score"
echo '{' >"$folder/request"
[ "$(post '/v1alpha1/comments:analyze' "$folder/request")" = 400 ] || fail "a request that is no JSON was not refused"
head -c 2000000 /dev/zero >"$folder/request"
[ "$(post '/score' "$folder/request")" = 413 ] || fail "a body beyond --limit was not refused"
grep -q INVALID_ARGUMENT "$folder/answer" || fail "a refusal has no reason"
curl --silent --fail --max-time 60 "$address/health" >/dev/null || fail "GET /health failed"
curl --silent --fail --max-time 60 "$address/model" | grep -q '"digest"' || fail "GET /model failed"

kill -TERM "$server"
wait "$server" || fail "it did not end well when it was told to"
echo "the service answers as it should"
