// An offset moves only from where its worker read on: a batch whose commit succeeded while its answer was lost is not committed again.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  'drop function commit_quiet_batch(int[], int8[], int8[], int[], int8[], int[], int[], int[], int8, int[], date[], int[], bool[])',
  // The same as in 0003, but the offsets come first and are compared: nothing is counted before it is certain that the caller still
  // holds its partitions, and a commit of the same records that is still under way is waited for. formers and seqs are null where a
  // partition's patient was touched without a record of it. Raises PWLSE where a partition is no longer the caller's.
  `create function commit_quiet_batch(
     partitions int[], epochs int8[], formers int8[], seqs int8[],
     counted_partitions int[], counted_seqs int8[], accepted int[], duplicate int[], corrected int[], counted_at int8,
     patient_keys int[], days date[], patient_partitions int[], held bool[]) returns int8 language plpgsql as
   $$
   declare touch int8; kept int;
   begin
     with mine as (
       select p.partition, c.seq from journal_partitions p
       join unnest(partitions, epochs, formers, seqs) as c (partition, epoch, former, seq)
         on c.partition = p.partition and c.epoch = p.epoch and coalesce(c.former, p.seq) = p.seq
       order by p.partition for no key update of p),
     moved as (update journal_partitions p set seq = mine.seq from mine where p.partition = mine.partition and mine.seq is not null)
     select count(*) into kept from mine;
     if kept < cardinality(partitions) then
       raise exception 'a partition is held by somebody else, or its offset has moved on' using errcode = 'PWLSE';
     end if;
     insert into record_counts (partition, seq, counted_at, received, accepted, duplicate, corrected, rejected)
     select c.partition, c.seq, commit_quiet_batch.counted_at, c.a + c.d + c.c, c.a, c.d, c.c, 0
     from unnest(counted_partitions, counted_seqs, accepted, duplicate, corrected) as c (partition, seq, a, d, c);
     if cardinality(patient_keys) > 0 then touch := mark_dirty_days(patient_keys, days, patient_partitions, held); end if;
     return touch;
   end $$`,
];

export const offsetsCompared: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
