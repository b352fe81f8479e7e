#!/bin/sh
# Makes what is missing of the secrets that docker-compose.yml mounts, and leaves alone what is there. Run it before the first `docker compose up`.
# Compose mounts files as they are: readable by all, because each container runs as a user of its own, in a directory that only you may enter.
set -eu
directory=${1:-secrets}
mkdir -p "$directory"
chmod 700 "$directory"

write() { # name, content
  [ -s "$directory/$1" ] && return
  printf '%s\n' "$2" >"$directory/$1"
  chmod 444 "$directory/$1"
  echo "made $directory/$1"
}
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

for name in postgres-password application-password reporting-password redis-password influxdb-password influxdb-token hourly-password \
  admin-password grafana-password; do
  write "$name" "$(random)"
done
for name in encryption-key vapid-key; do
  write "$name" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
done
# Yours to fill in where messages are to go by these ways; empty: not set up.
for name in smtp-url sms-url sms-headers sms-body deadman-url; do
  [ -e "$directory/$name" ] && continue
  : >"$directory/$name"
  chmod 644 "$directory/$name"
done
write database-url "postgres://pulseward:$(cat "$directory/application-password")@postgres:5432/pulseward"
write redis-url "redis://:$(cat "$directory/redis-password")@redis:6379/0"
echo "Back up $directory/encryption-key somewhere else: without it the names of patients are lost."
echo "Sign in as admin with the password in $directory/admin-password; Grafana's is in $directory/grafana-password."
