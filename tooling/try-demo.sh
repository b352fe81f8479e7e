#!/usr/bin/env bash
# Runs `npm run demo` as a newcomer would, waits for the address it prints, signs in with what it prints, looks for something to see
# within 20 s of that line (DESIGN §7), and stops it. DEMO_WITHIN_S gives a busy machine more.
set -euo pipefail
cd "$(dirname "$0")/.."
within=${DEMO_WITHIN_S:-20}
log=$(mktemp)
setsid npm run demo >"$log" 2>&1 &
demo=$!
stop() { kill -INT -- "-$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; rm -f "$log"; }
trap stop EXIT
fail() { { cat "$log"; echo "FAILED: $*"; } >&2; exit 1; }

for _ in $(seq 240); do
  address=$(grep -oP 'Open \Khttp://127\.0\.0\.1:[0-9]+(?= and sign in)' "$log" || true)
  [ -n "$address" ] && grep -qE '^ +admin +\S+' "$log" && break
  kill -0 "$demo" 2>/dev/null || fail 'the demo stopped by itself'
  sleep 0.5
done
[ -n "${address:-}" ] || fail 'the demo printed no address within 120 s'
printed=$SECONDS
curl -fsS "$address/readyz" >/dev/null || fail "$address/readyz does not answer 200"
echo "demo ready at $address"
curl -fsS "$address/" | grep -q Pulseward || fail 'the web page is not served'
echo 'the web page is served'

# The token of a user of the demo, with the password printed beside the name.
sign_in() {
  local password
  password=$(awk -v user="$1" '$1 == user { print $2; exit }' "$log")
  [ -n "$password" ] || fail "no password is printed for $1"
  curl -fsS -H 'content-type: application/json' -d "{\"username\":\"$1\",\"password\":\"$password\"}" \
    "$address/api/v1/session" | grep -oP '"token":"\K[^"]+' || fail "the printed user and password of $1 do not sign in"
}
admin=$(sign_in admin)
doctor=$(sign_in doctor1)
echo 'admin and doctor1 sign in with what was printed'

# How often a field stands in an answer of the API: once for each item.
count() { curl -fsS -H "authorization: Bearer $1" "$address/api/v1/$2" | grep -o "\"$3\":" | wc -l; }
patients=0 alerts=0
while [ $((SECONDS - printed)) -le "$within" ]; do
  patients=$(count "$admin" 'patients?limit=1000' patientId || true)
  alerts=$(count "$doctor" 'alerts?state=open' alertId || true)
  [ "$patients" -eq 50 ] && [ "$alerts" -gt 0 ] && break
  sleep 0.5
done
[ "$patients" -eq 50 ] || fail "$patients patients instead of 50 are listed $within s after the address was printed"
[ "$alerts" -gt 0 ] || fail "doctor1 sees no open alert $within s after the address was printed"
echo "50 patients, and doctor1 sees open alerts, $((SECONDS - printed)) s after the address was printed"
