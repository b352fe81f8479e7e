// The models of devices: the domain's catalogue, seeded at start; more may be added to the table.
import type { Kysely } from 'kysely';
import { DEFAULT_DEVICE_MODELS, type DeviceModel } from '../../domain/device-model.ts';
import type { Database } from '../database-schema.ts';
import { recordChange } from './registry-changes.ts';

/** Writes what differs from the catalogue, so that a start of an unchanged version changes nothing. */
export async function seedDeviceModels(db: Kysely<Database>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const model of DEFAULT_DEVICE_MODELS) {
      const { modelId, kind, name } = model;
      const row = { kind, name, model: JSON.stringify(model) };
      const written = await tx
        .insertInto('device_models')
        .values({ model_id: modelId, ...row })
        .onConflict((conflict) =>
          conflict
            .column('model_id')
            .doUpdateSet(row)
            .where((where) => where('device_models.model', 'is distinct from', where.ref('excluded.model'))),
        )
        .returning('model_id')
        .executeTakeFirst();
      if (written) await recordChange(tx, 'device_model', modelId);
    }
  });
}

export async function listDeviceModels(db: Kysely<Database>): Promise<DeviceModel[]> {
  const rows = await db.selectFrom('device_models').select('model').orderBy('model_id').execute();
  return rows.map((row) => row.model);
}
