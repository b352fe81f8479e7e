#!/usr/bin/env bash
# Runs `npm run demo` as a newcomer would, waits for the address it prints, signs in with what it prints, and stops it.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
setsid npm run demo >"$log" 2>&1 &
demo=$!
stop() { kill -INT -- "-$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; rm -f "$log"; }
trap stop EXIT
for _ in $(seq 240); do
  address=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$log" | head -n 1 || true)
  [ -n "$address" ] && grep -qi 'password' "$log" && break
  kill -0 "$demo" 2>/dev/null || { cat "$log"; echo 'the demo stopped by itself'; exit 1; }
  sleep 0.5
done
[ -n "${address:-}" ] || { cat "$log"; echo 'the demo printed no address within 120 s'; exit 1; }
curl -fsS "$address/readyz" >/dev/null && echo "demo ready at $address"
curl -fsS "$address/" | grep -q Pulseward && echo 'the web page is served'
