// `npm run district`: docker-compose.yml's engines and roles as processes on this machine, until Ctrl-C.
import { PRODUCTION } from '../system/deployment.ts';
import { startTopology } from './start-topology.ts';

if (PRODUCTION.missing !== undefined) {
  console.error(PRODUCTION.missing);
  process.exit(1);
}
const topology = await startTopology({ PULSEWARD_WEBHOOK_ALLOW: process.env.PULSEWARD_WEBHOOK_ALLOW ?? '' });
console.log(`${[...topology.roles.keys()].join(', ')} are healthy.`);
console.log(
  `Web: ${topology.httpUrl}, as admin with ${topology.adminPassword}. MQTT: 127.0.0.1:${topology.mqttPort}. Ctrl-C ends it.`,
);
await new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
});
await Promise.all([...topology.roles.values()].map((role) => role.stop()));
await topology.destroy();
