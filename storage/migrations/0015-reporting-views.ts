// What Grafana may read: counts over the installation and over teams, without anybody's identity. Views read with their owner's rights, so
// that whoever reads them needs no right on a table; any role that may connect may read them, and nothing else.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const HOUR_MS = 3_600_000;
const NOW_MS = '(extract(epoch from now()) * 1000)::bigint';
/** Of a moment in epoch ms, as Grafana wants it. */
const hourOf = (column: string) => `to_timestamp(${column} / ${HOUR_MS} * ${HOUR_MS / 1000})`;
const dayOf = (column: string) => `(to_timestamp(${column} / 1000.0) at time zone 'UTC')::date`;
const sums = (table: string, day: string) =>
  `select ${day} as day, received, accepted, duplicate, corrected, rejected from ${table}`;
/** A qualification with side effects must not see a row that the view itself would hide. */
const view = (name: string, query: string) => `create view reporting.${name} with (security_barrier) as ${query}`;

const PATIENTS_NOW = `
  select r.team_id, r.patient_key from responsibilities r join patients p using (patient_key)
  where r.from_at <= now() and (r.to_at is null or r.to_at > now()) and p.erased_at is null`;

const STATEMENTS = [
  'create schema reporting',
  // A number of people is told where it is none, or where both they and the rest of the group are at least five: fewer could be recognised by
  // whoever knows the team.
  `create function reporting.shown(people bigint, of_people bigint) returns bigint language sql immutable as
   $$ select case when of_people >= 5 and (people = 0 or (people >= 5 and of_people - people >= 5)) then people end $$`,

  view(
    'journal_partitions',
    `select partition, seq, worker_id is not null and lease_ends_at > now() as is_held from journal_partitions`,
  ),
  view(
    'items_per_day',
    `select day, sum(received) as received, sum(accepted) as accepted, sum(duplicate) as duplicate, sum(corrected) as corrected,
       sum(rejected) as rejected
     from (${sums('record_counts', dayOf('counted_at'))} union all ${sums('item_totals', 'day')}) counted group by day`,
  ),
  view(
    'rejections_per_hour',
    `select ${hourOf('received_at')} as hour, code, count(*) as items from rejections
     where received_at > ${NOW_MS} - ${14 * 24 * HOUR_MS} group by 1, 2`,
  ),
  view(
    'unsettled_work',
    `select 'signals' as what, count(*) as rows from signals where version > applied
     union all select 'notifications', count(*) from notifications where status = 'pending'
     union all select 'days to read again', count(*) from dirty_days where held_mark is distinct from mark`,
  ),
  view(
    'notifications_per_hour',
    `select ${hourOf('created_at')} as hour, channel, status, count(*) as notifications from notifications
     where created_at > ${NOW_MS} - ${14 * 24 * HOUR_MS} group by 1, 2, 3`,
  ),

  view(
    'fleet',
    `select d.kind, coalesce(m.name, 'unknown') as model, count(*) as devices,
       count(*) filter (where exists (select from device_bindings b where b.device_key = d.device_key and b.from_at <= now()
         and (b.to_at is null or b.to_at > now()))) as bound,
       count(*) filter (where s.online) as online, count(s.device_key) as ever_heard_of
     from devices d left join device_models m using (model_id) left join device_status s using (device_key)
     where d.retired_at is null group by 1, 2`,
  ),
  view(
    'fleet_batteries',
    `select d.kind, least(floor(s.battery_percent / 10) * 10, 90)::int as from_percent, count(*) as devices
     from devices d join device_status s using (device_key)
     where d.retired_at is null and s.battery_percent is not null group by 1, 2`,
  ),
  view(
    'fleet_firmware',
    `select d.kind, s.firmware, count(*) as devices from devices d join device_status s using (device_key)
     where d.retired_at is null and s.firmware is not null group by 1, 2`,
  ),

  view(
    'team_patients',
    `select t.team_id, t.name as team, case when count(n.patient_key) >= 5 then count(n.patient_key) end as patients
     from teams t left join (${PATIENTS_NOW}) n using (team_id) group by t.team_id, t.name`,
  ),
  // People, not alerts: each counts once, by the worst that is open.
  view(
    'team_open_alerts',
    `with n as (${PATIENTS_NOW}),
       sizes as (select team_id, count(*) as people from n group by 1),
       worst as (
         select distinct on (a.patient_key) n.team_id, a.patient_key, a.severity from alerts a join n using (patient_key)
         where a.state in ('open', 'acknowledged', 'snoozed') and not a.test
         order by a.patient_key, array_position(array['emergency', 'critical', 'warning', 'info'], a.severity)),
       severities as (select unnest(array['emergency', 'critical', 'warning', 'info']) as severity)
     select t.team_id, t.name as team, v.severity, reporting.shown(count(w.patient_key), coalesce(max(z.people), 0)) as patients
     from teams t cross join severities v left join sizes z using (team_id)
     left join worst w on w.team_id = t.team_id and w.severity = v.severity group by t.team_id, t.name, v.severity`,
  ),
  // By the team that was responsible when it was opened; how fast somebody took it, where at least five people are behind the figure.
  view(
    'team_alerts_per_week',
    `with weekly as (
       select team_id, date_trunc('week', to_timestamp(opened_at / 1000.0), 'UTC') as week, severity, patient_key, acknowledged_at - opened_at as ms
       from alerts where not test and withdrawn_at is null and state <> 'retrospective' and opened_at > ${NOW_MS} - ${26 * 7 * 24 * HOUR_MS}),
       sizes as (select team_id, count(*) as people from (${PATIENTS_NOW}) n group by 1)
     select t.team_id, t.name as team, w.week, w.severity,
       reporting.shown(count(distinct w.patient_key), max(z.people)) as patients,
       case when reporting.shown(count(distinct w.patient_key), max(z.people)) > 0 then count(*) end as alerts,
       case when count(distinct w.patient_key) filter (where w.ms is not null) >= 5
         then percentile_cont(0.5) within group (order by w.ms) / 60000 end as median_minutes_to_acknowledge
     from weekly w join teams t using (team_id) left join sizes z using (team_id) group by t.team_id, t.name, w.week, w.severity`,
  ),

  'grant usage on schema reporting to public',
  'grant select on all tables in schema reporting to public',
];

export const reportingViews: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
