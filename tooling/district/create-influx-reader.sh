#!/bin/sh
# Run once by the influxdb container on an empty volume: the bucket of hourly counts, and who Grafana reads it as, and nothing else.
# A user of InfluxDB 1's kind, because its password can be given; a token can't. (The image runs only what is executable.)
# By curl, which reads secrets from its standard input: the influx command takes a password from its arguments or a terminal alone.
set -eu

ask() { # method, path, body: the answer
  curl --silent --show-error --fail --config - <<EOF
request = "$1"
url = "$INFLUX_HOST$2"
header = "Authorization: Token $(cat /run/secrets/influxdb-token)"
header = "Content-Type: application/json"
data = "$(printf '%s' "$3" | sed 's/["\\]/\\&/g')"
EOF
}
# Fails where there is none, as after a request that failed: `set -e` doesn't see into a pipe.
first_id() { grep -o -m 1 '"id": *"[0-9a-f]*"' | head -n 1 | cut -d '"' -f 4 | grep .; }

org=$DOCKER_INFLUXDB_INIT_ORG_ID
body="{\"orgID\": \"$org\", \"name\": \"${DOCKER_INFLUXDB_INIT_BUCKET}_hourly\", \"retentionRules\": []}"
bucket=$(ask POST /api/v2/buckets "$body" | first_id)
may="[{\"action\": \"read\", \"resource\": {\"type\": \"buckets\", \"orgID\": \"$org\", \"id\": \"$bucket\"}}]"
body="{\"token\": \"pulseward_reporting\", \"orgID\": \"$org\", \"permissions\": $may}"
reader=$(ask POST /private/legacy/authorizations "$body" | first_id)
ask POST "/private/legacy/authorizations/$reader/password" "{\"password\": \"$(cat /run/secrets/hourly-password)\"}"
