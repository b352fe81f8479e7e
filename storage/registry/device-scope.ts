// Which devices somebody may see, as SQL over `devices d`: those their team keeps, those their patients wear now, and, while a device
// has neither, those they registered. `findDevice` says the same of one device.
import { type RawBuilder, sql } from 'kysely';
import { type Access, teamsWith } from './access.ts';

export interface DeviceScope {
  readonly isVisible: RawBuilder<unknown>;
  /** Visible whoever wears it: the viewer's team keeps it, or it has neither keeper nor wearer and the viewer registered it. */
  readonly isKept: RawBuilder<unknown>;
  /** `from …` all who wear the device now: bindings b, patients p, the team responsible r. */
  readonly wearers: RawBuilder<unknown>;
  /** Of `wearers`, those whom the viewer may see. */
  readonly isWearerVisible: RawBuilder<unknown>;
}

export function deviceScope(access: Access): DeviceScope {
  const teamIds = teamsWith(access, 'read');
  const inScope = (team: string) =>
    teamIds === undefined ? sql`true` : sql`${sql.ref(team)} = any(${teamIds}::uuid[])`;
  const wearers = sql`
    from device_bindings b join patients p on p.patient_key = b.patient_key and p.erased_at is null
    join responsibilities r on r.patient_key = b.patient_key and r.to_at is null
    where b.device_key = d.device_key and (b.to_at is null or b.to_at > now())`;
  const isKept =
    teamIds === undefined
      ? sql`true`
      : sql`(${inScope('d.keeper_team_id')}
             or (d.keeper_team_id is null and d.registered_by = ${access.userId} and not exists (select ${wearers})))`;
  const isVisible =
    teamIds === undefined ? sql`true` : sql`(${isKept} or exists (select ${wearers} and ${inScope('r.team_id')}))`;
  return { isVisible, isKept, wearers, isWearerVisible: inScope('r.team_id') };
}
