// When a new binding begins and what it ends (DESIGN §7). Pure.
// Two bindings of a device compete where one of them is for all slots or both are for the same: no reading may belong to two people.

export interface BindingPeriod {
  readonly bindingId: string;
  readonly slot?: string | undefined;
  /** Epoch ms; 0 = from the beginning. */
  readonly fromAt: number;
  readonly toAt?: number | undefined;
}

export interface WantedBinding {
  readonly slot?: string | undefined;
  readonly fromAt?: number | undefined;
  readonly toAt?: number | undefined;
}

export type BindingDecision =
  | {
      readonly fate: 'bind';
      readonly fromAt: number;
      readonly toAt?: number | undefined;
      readonly ends: readonly string[];
    }
  | { readonly fate: 'overlap'; readonly with: BindingPeriod }
  | { readonly fate: 'empty' };

/**
 * Without `fromAt`: the first for its slots holds from the beginning, so that a backlog measured before registration counts; a
 * later one starts now and ends the one before. With `fromAt` nothing is ended: it has to fit in.
 */
export function decideBinding(wanted: WantedBinding, existing: readonly BindingPeriod[], now: number): BindingDecision {
  const competing = existing.filter(
    ({ slot }) => slot === undefined || wanted.slot === undefined || slot === wanted.slot,
  );
  const startsNow = wanted.fromAt === undefined && competing.length > 0;
  const fromAt = wanted.fromAt ?? (startsNow ? now : 0);
  const toAt = wanted.toAt;
  if (toAt !== undefined && toAt <= fromAt) return { fate: 'empty' };
  const isEnded = (binding: BindingPeriod) => startsNow && binding.fromAt < now && isOpenAfter(binding, now);
  const ends = competing.filter(isEnded).map(({ bindingId }) => bindingId);
  const obstacle = competing.find((binding) => !isEnded(binding) && overlaps(binding, fromAt, toAt));
  return obstacle ? { fate: 'overlap', with: obstacle } : { fate: 'bind', fromAt, toAt, ends };
}

const isOpenAfter = ({ toAt }: BindingPeriod, at: number) => toAt === undefined || toAt > at;

const overlaps = (binding: BindingPeriod, fromAt: number, toAt: number | undefined) =>
  isOpenAfter(binding, fromAt) && (toAt === undefined || binding.fromAt < toAt);
