// How the peer is set up: as somebody would who wants every reading and knows both programs' manuals. Promise: what is printed beside its
// figures (PEER_SETTINGS) is what it runs with.

/** Mosquitto's defaults keep 20 messages on their way to Telegraf and 1,000 waiting, and silently drop the rest. */
const MOST_IN_FLIGHT = 20_000;
/** Telegraf tells Mosquitto that it has a message when InfluxDB has answered for it; it never asks for more than these. */
const MOST_UNDELIVERED = 20_000;
const BATCH = 5_000;

export const PEER_SETTINGS = [
  `Mosquitto: QoS 1 throughout, persistence on (saved every 30 min, its default), no sign-in, max_inflight_messages ${MOST_IN_FLIGHT}, max_queued_messages 0 (no limit)`,
  `Telegraf: mqtt_consumer with a persistent session, max_undelivered_messages ${MOST_UNDELIVERED}, metric_batch_size ${BATCH}, flush_interval 1s, parser json, output influxdb_v2 without gzip`,
  'InfluxDB: the settings of the production deployment',
] as const;

/** @param user whom it runs as where it is started by root: it gives up root's rights, and with them the directory. */
export function mosquittoConf(port: number, directory: string, user: string): string {
  return `user ${user}
listener ${port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location ${directory}/
max_inflight_messages ${MOST_IN_FLIGHT}
max_queued_messages 0
set_tcp_nodelay true
log_type error
`;
}

export interface TelegrafPlaces {
  readonly mqttPort: number;
  readonly influx: { readonly url: string; readonly token: string; readonly org: string; readonly bucket: string };
}

/** The point it writes: measurement cgm, tag device, fields value, unit, seq, at the reading's own time. */
export function telegrafConf({ mqttPort, influx }: TelegrafPlaces): string {
  return `[agent]
  metric_batch_size = ${BATCH}
  metric_buffer_limit = ${MOST_UNDELIVERED * 5}
  flush_interval = "1s"
  omit_hostname = true
  quiet = true

[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:${mqttPort}"]
  topics = ["v1/devices/+/readings"]
  topic_tag = ""
  qos = 1
  client_id = "telegraf"
  persistent_session = true
  max_undelivered_messages = ${MOST_UNDELIVERED}
  data_format = "json"
  json_name_key = "kind"
  json_string_fields = ["unit"]
  json_time_key = "at"
  json_time_format = "unix_ms"

  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "v1/devices/+/readings"
    tags = "_/_/device/_"

[[outputs.influxdb_v2]]
  urls = ["${influx.url}"]
  token = "${influx.token}"
  organization = "${influx.org}"
  bucket = "${influx.bucket}"
  content_encoding = "identity"
`;
}
