#!/bin/sh
# Run once by the influxdb container on an empty volume: the bucket of hourly counts, and who Grafana reads it as, and nothing else.
# A user of InfluxDB 1's kind, because its password can be given; a token can't. (The image runs only what is executable.)
set -eu
influx bucket create --name "${DOCKER_INFLUXDB_INIT_BUCKET}_hourly" --org "$DOCKER_INFLUXDB_INIT_ORG" --retention 0
bucket=$(influx bucket list --name "${DOCKER_INFLUXDB_INIT_BUCKET}_hourly" --org "$DOCKER_INFLUXDB_INIT_ORG" --hide-headers | cut -f 1)
influx v1 auth create --username pulseward_reporting --password "$(cat /run/secrets/hourly-password)" \
  --org "$DOCKER_INFLUXDB_INIT_ORG" --read-bucket "$bucket"
