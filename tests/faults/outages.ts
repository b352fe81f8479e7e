// `npm run outages -- --minutes 10 --of redis,influxdb,postgres --rate 1500`: the production deployment under a live load, one of its engines
// gone for minutes and back. Prints what the broker did, what the roles' memory did, and how fast what was held back was caught up with.
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { PRODUCTION } from '../system/deployment.ts';
import { measureOutage, OUTAGE_ENGINES, type Outage, type OutageEngine } from './measure-outage.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    of: { type: 'string', default: OUTAGE_ENGINES.join(',') },
    rate: { type: 'string', default: '1500' },
    log: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const readingsPerSecond = Number(values.rate);
const engines = values.of.split(',').filter((name): name is OutageEngine => OUTAGE_ENGINES.some((one) => one === name));
if (!(minutes > 0) || !(readingsPerSecond > 0) || engines.length !== values.of.split(',').length) {
  console.error(`--minutes and --rate must be numbers above 0, --of some of ${OUTAGE_ENGINES.join(',')}`);
  process.exit(2);
}
if (PRODUCTION.missing !== undefined) {
  console.error(PRODUCTION.missing);
  process.exit(1);
}

const outages: Outage[] = [];
for (const engine of engines) {
  console.log(
    `\n${engine}: gone for ${minutes} min under ${readingsPerSecond} readings/s (load average ${loadavg()[0]?.toFixed(1)})`,
  );
  const outage = await measureOutage(engine, { minutes, readingsPerSecond, print: (line) => console.log(line) });
  if (values.log !== undefined) writeFileSync(`${values.log}.${engine}`, outage.output);
  outages.push(outage);
}
console.log('');
for (const { engine, figures } of outages)
  for (const [name, figure] of Object.entries(figures)) console.log(`${engine.padEnd(9)} ${name.padEnd(44)} ${figure}`);
