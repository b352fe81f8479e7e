// Grafana and Prometheus are not started here: their files are read as they would, every query against what it asks for.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parser as promql } from '@prometheus-io/lezer-promql';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { ALL_RULES } from '../../domain/rules/rule-catalogue.ts';
import { ROLE_NAMES } from '../../runtime/role.ts';
import { openPool } from '../../storage/database.ts';
import { CONTACT_CHANNELS } from '../../storage/registry/contact-channels.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { ROOT, readComposeFile, readText } from './district-file.ts';
import { type RecordedMetric, recordMetrics } from './recorded-counters.ts';

interface Target {
  readonly datasource: { readonly uid: string };
  readonly expr?: string;
  readonly rawSql?: string;
  readonly format?: string;
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly { readonly id: number; readonly title: string; readonly targets: readonly Target[] }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const READER = 'reporting_test_reader';
const FOLDER = 'dashboards/grafana/dashboards';
const files = readdirSync(join(ROOT, FOLDER));
const dashboards = files.map((file): Dashboard => JSON.parse(readText(`${FOLDER}/${file}`)));
const targets = dashboards.flatMap(({ title, panels }) =>
  panels.flatMap((panel) => panel.targets.map((target) => ({ where: `${title}: ${panel.title}`, ...target }))),
);
const { groups } = parse(readText('tooling/district/prometheus-rules.yml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

let database: TestDatabase;
let reader: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  const superuser = new pg.Client(inject('testPostgres').superuserUrl);
  await superuser.connect();
  await superuser.query(`drop role if exists ${READER}`);
  await superuser.query(`create role ${READER} login password 'reads'`);
  await superuser.end();
  const url = Object.assign(new URL(database.url), { username: READER, password: 'reads' }).href;
  reader = openPool(url, { max: 2, applicationName: 'reporting test' });
});
afterAll(async () => {
  await reader?.end();
  await database?.drop();
});

test('each dashboard has a uid and ids of its own, and asks the data sources that are provisioned', () => {
  expect(files.length).toBeGreaterThanOrEqual(3);
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(files.length);
  for (const { title, panels } of dashboards)
    expect.soft(new Set(panels.map(({ id }) => id)).size, title).toBe(panels.length);
  const provisioned = parse(readText('dashboards/grafana/provisioning/datasources/pulseward.yml')) as {
    datasources: { uid: string; url: string }[];
  };
  const uids = provisioned.datasources.map(({ uid }) => uid);
  for (const { where, datasource } of targets) expect.soft(uids, where).toContain(datasource.uid);
  const hosts = Object.keys(readComposeFile().services);
  for (const { url } of provisioned.datasources)
    expect.soft(hosts).toContain(url.replace(/^http:\/\//, '').split(':')[0]);
});

test('whoever reads the reporting views can run every query of the dashboards, and reads no table', async () => {
  const queries = targets.filter(({ rawSql }) => rawSql !== undefined);
  expect(queries.length).toBeGreaterThan(8);
  for (const { where, rawSql = '', format } of queries) {
    const sql = rawSql.replace(/\$__timeFilter\((\w+)\)/g, "$1 between now() - interval '1 day' and now()");
    const { fields } = await reader.query(sql).catch((cause: unknown) => {
      throw new Error(`${where} can't be asked`, { cause });
    });
    if (format === 'time_series')
      expect
        .soft(
          fields.map(({ name }) => name),
          where,
        )
        .toEqual(['time', 'metric', 'value']);
  }
  for (const table of ['patients', 'alerts', 'teams', 'readings', 'patient_identities', 'device_bindings'])
    await expect(reader.query(`select * from ${table}`)).rejects.toMatchObject({ code: '42501' });
  await expect(reader.query('create table reporting.mine (a int)')).rejects.toMatchObject({ code: '42501' });
});

test('no reporting view has a column by which a person, a device or a reading could be told', async () => {
  const { rows } = await database.pool.query<{ column: string }>(
    `select distinct column_name as column from information_schema.columns where table_schema = 'reporting'`,
  );
  for (const { column } of rows)
    expect.soft(column).not.toMatch(/patient_|device_|user|member|username|contact|serial|birth|alert_id|mmol|mg_per/);
});

test('a number of patients that would single somebody out is not told', async () => {
  const cases = [
    [0, 20],
    [4, 20],
    [5, 20],
    [15, 20],
    [16, 20],
    [20, 20],
    [0, 4],
  ];
  const shown = await Promise.all(
    cases.map(
      async ([people, of]) => (await reader.query('select reporting.shown($1, $2) as n', [people, of])).rows[0].n,
    ),
  );
  expect(shown).toEqual([0, null, 5, 15, null, null, null]);
});

test('a team sees how many of its patients have an open alert, by the worst, once there are enough of them', async () => {
  const { pool } = database;
  const teams = ['large', 'small'].map((name, index) => ({
    name,
    teamId: `00000000-0000-4000-8000-00000000000${index}`,
  }));
  const patientsOf = { large: 12, small: 4 } as const;
  for (const { name, teamId } of teams) {
    await pool.query('insert into teams (team_id, name) values ($1, $2)', [teamId, name]);
    const { rows } = await pool.query<{ patient_key: number }>(
      `with p as (insert into patients (patient_id) select gen_random_uuid() from generate_series(1, $2) returning patient_key)
       insert into responsibilities (patient_key, team_id, from_at) select patient_key, $1, now() - interval '1 day' from p returning patient_key`,
      [teamId, patientsOf[name as keyof typeof patientsOf]],
    );
    const keys = rows.slice(0, 6).map((row) => row.patient_key);
    for (const severity of ['warning', 'critical'])
      await pool.query(
        `insert into alerts (alert_id, patient_key, team_id, condition, direction, severity, peak_severity, state, signal, opened_at, fired_at,
           acknowledged_at)
         select gen_random_uuid(), k, $2, 'glucose', $3, $4, $4, 'acknowledged', 'firing', at, at, at + 120000
         from unnest($1::int[]) k, (select (extract(epoch from now()) * 1000)::bigint - 60000 as at) t`,
        [keys, teamId, severity === 'warning' ? 'high' : 'low', severity],
      );
  }
  const patients = await reader.query('select team, patients from reporting.team_patients order by team');
  expect(patients.rows).toEqual([
    { team: 'large', patients: 12 },
    { team: 'small', patients: null },
  ]);
  const open = await reader.query('select team, severity, patients from reporting.team_open_alerts order by 1, 2');
  expect(open.rows).toEqual([
    { team: 'large', severity: 'critical', patients: 6 },
    { team: 'large', severity: 'emergency', patients: 0 },
    { team: 'large', severity: 'info', patients: 0 },
    { team: 'large', severity: 'warning', patients: 0 },
    { team: 'small', severity: 'critical', patients: null },
    { team: 'small', severity: 'emergency', patients: null },
    { team: 'small', severity: 'info', patients: null },
    { team: 'small', severity: 'warning', patients: null },
  ]);
  const weeks = await reader.query(
    `select team, severity, patients, alerts, median_minutes_to_acknowledge as minutes from reporting.team_alerts_per_week order by 1, 2`,
  );
  expect(weeks.rows).toEqual([
    { team: 'large', severity: 'critical', patients: 6, alerts: 6, minutes: 2 },
    { team: 'large', severity: 'warning', patients: 6, alerts: 6, minutes: 2 },
    { team: 'small', severity: 'critical', patients: null, alerts: null, minutes: null },
    { team: 'small', severity: 'warning', patients: null, alerts: null, minutes: null },
  ]);
});

test('every query and rule asks Prometheus for metrics and labels that the code declares', async () => {
  const metrics = new Map<string, RecordedMetric>([
    ...(await recordMetrics()),
    ['up', { kind: 'gauge', labels: [], begun: [] }],
  ]);
  const everywhere = ['role', 'instance', 'job', 'le'];
  const asked = [
    ...targets.flatMap(({ where, expr }) => (expr === undefined ? [] : [{ where, expr }])),
    ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ];
  expect(asked.length).toBeGreaterThan(30);
  for (const { where, expr } of asked) {
    const { names, labels, isValid } = readQuery(expr.replaceAll('$__rate_interval', '5m'));
    expect.soft(isValid, `${where}: ${expr}`).toBe(true);
    const known = names.flatMap((name) => findMetric(metrics, name) ?? []);
    expect.soft(known.length, `${where}: ${names.join(', ')}`).toBe(names.length);
    for (const label of labels)
      expect.soft([...everywhere, ...known.flatMap((metric) => metric.labels)], `${where}: ${label}`).toContain(label);
  }
});

test('brokers that leave devices unanswered are seen, whichever engine is away', () => {
  const { expr = '' } = rules.find(({ alert }) => alert === 'BrokersRefusing') ?? {};
  const unanswered = ['append_failures', 'abandoned_messages', 'sign_ins'].map(
    (name) => `pulseward_broker_${name}_total`,
  );
  expect(readQuery(expr).names).toEqual(unanswered);
});

test('what a rule counts is seen from the first event after a start on: `increase` and `rate` do not see a series begin', async () => {
  const metrics = await recordMetrics();
  const counted = rules.flatMap(({ alert, expr }) => readCounted(expr).map((each) => ({ alert, ...each })));
  expect(counted.length).toBeGreaterThan(12);
  for (const { alert, name, matches } of counted) {
    const { labels = [], begun = [] } = findMetric(metrics, name) ?? {};
    const series = begun.filter(matches);
    expect.soft(series.length, `${alert}: ${name}`).toBeGreaterThan(0);
    for (const label of labels.filter((each) => each in KNOWN))
      expect.soft(new Set(series.map((each) => each[label])), `${alert}: ${label}`).toEqual(new Set(KNOWN[label]));
  }
});

/** Labels of which it is known beforehand what they may hold. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  channel: Object.keys(CONTACT_CHANNELS),
  rule: ALL_RULES.map(({ id }) => id),
  of: ROLE_NAMES,
};

test('each rule says in a sentence what to do, and what it is called only once', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, labels, annotations } of rules) {
    expect.soft(labels.severity, alert).toMatch(/^(critical|warning)$/);
    expect.soft(annotations.summary, alert).toBeTruthy();
    expect.soft(annotations.runbook, alert).toMatch(/^.{40,}\.$/);
  }
});

function readQuery(expr: string): { names: string[]; labels: string[]; isValid: boolean } {
  const [names, labels]: [string[], string[]] = [[], []];
  let isValid = true;
  promql.parse(expr).iterate({
    enter({ name, from, to, type }) {
      if (type.isError) isValid = false;
      if (name === 'Identifier') names.push(expr.slice(from, to));
      if (name === 'LabelName') labels.push(expr.slice(from, to));
    },
  });
  return { names, labels, isValid };
}

/** What a query counts over a while, and of which of its series. */
function readCounted(expr: string) {
  return [...expr.matchAll(/(?:increase|rate)\((\w+)(?:\{([^}]*)\})?\[/g)].map(([, name = '', matchers = '']) => {
    const asked = [...matchers.matchAll(/(\w+)(=|!=)"([^"]*)"/g)];
    return {
      name,
      matches: (labels: Readonly<Record<string, unknown>>) =>
        asked.every(([, label = '', operator, value]) => (labels[label] === value) === (operator === '=')),
    };
  });
}

/** A histogram is asked by its buckets, sum or count. */
function findMetric(metrics: ReadonlyMap<string, RecordedMetric>, name: string): RecordedMetric | undefined {
  const whole = metrics.get(name.replace(/_(bucket|sum|count)$/, ''));
  return whole?.kind === 'histogram' ? whole : metrics.get(name);
}
