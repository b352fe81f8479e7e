// What a service of docker-compose.yml gets, where it is a process on this machine instead of a container: the same variables and secrets,
// with hosts, ports and directories of this machine for those of its container.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ComposeService } from '../contract/district-file.ts';

export interface Place {
  /** The service's own. */
  readonly directory: string;
  /** With a file for each secret of the compose file. */
  readonly secrets: string;
  /** Where the ports of containers are, `influxdb:8086` and the like, as `host:port`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** What `${NAME:-default}` is filled in with. */
  readonly given: Readonly<Record<string, string>>;
  readonly ports: { readonly mqtt: number; readonly http: number; readonly metrics: number };
}

/** Each container has a network of its own; here all share loopback, which nothing leaves. */
const loopback = ({ mqtt, http, metrics }: Place['ports']) => ({
  PULSEWARD_HOST: '127.0.0.1',
  PULSEWARD_MQTT_PORT: String(mqtt),
  PULSEWARD_HTTP_PORT: String(http),
  PULSEWARD_METRICS_PORT: String(metrics),
});

/** Copies the secrets that the service names, and no others: what it reads without naming it isn't there. */
export function roleEnvironment(service: ComposeService, place: Place): Record<string, string> {
  const mounted = join(place.directory, 'secrets');
  const dataDir = join(place.directory, 'tmp');
  for (const path of [mounted, dataDir]) mkdirSync(path, { recursive: true });
  for (const secret of service.secrets ?? []) copyFileSync(join(place.secrets, secret), join(mounted, secret));
  const here = (value: string) =>
    Object.entries(place.addresses)
      .reduce((text, [address, ours]) => text.replace(`//${address}`, `//${ours}`), fillIn(value, place.given))
      .replace(/^\/(run\/secrets|tmp)\//, (_, part: string) => `${part === 'tmp' ? dataDir : mounted}/`);
  const named = Object.entries(service.environment ?? {}).map(([name, value]) => [name, here(String(value))]);
  return { ...Object.fromEntries(named), ...loopback(place.ports) };
}

function fillIn(value: string, given: Readonly<Record<string, string>>): string {
  return value.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => given[name] ?? otherwise);
}
