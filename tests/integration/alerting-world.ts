// A patient's glucose as the rules see it, people, teams and receivers, moved at random; knows what is owed to whom at any moment.
import fc from 'fast-check';
import type { Severity } from '../../domain/rules/rule.ts';
import type { ByHand, Fate } from './alerting-by-hand.ts';
import { MINUTE_MS, type Scene } from './alerting-scene.ts';

export type Way = 'low' | 'high';
export const WAYS: readonly Way[] = ['low', 'high'];

const RULES = { low: ['CGM-01', 'CGM-02', 'SMBG-01'], high: ['CGM-05', 'SMBG-03'] } as const;
type RuleId = (typeof RULES)[Way][number];

/** `pick` says which of those that there are, so that few steps come to nothing. */
export type Step =
  /** Where it fires already, a fresh reading shows it again, or shows that it is worse. */
  | { readonly do: 'fire'; readonly ruleId: RuleId; readonly severity: Severity }
  | { readonly do: 'recover' | 'withdraw' | 'join' | 'void the recovery'; readonly pick: number }
  | { readonly do: 'acknowledge' | 'snooze' | 'resolve'; readonly pick: number }
  | { readonly do: 'move' | 'apply' | 'review' | 'come to rest' }
  | { readonly do: 'deliver'; readonly fate: Fate }
  | { readonly do: 'pass'; readonly ms: number };

// Lows meet each other; a high now and then.
const FIRING: readonly (readonly [weight: number, RuleId, Severity])[] = [
  [4, 'CGM-01', 'critical'],
  [4, 'CGM-02', 'warning'],
  [1, 'CGM-02', 'critical'],
  [4, 'SMBG-01', 'critical'],
  [1, 'CGM-05', 'warning'],
  [2, 'SMBG-03', 'critical'],
];

export function stepsWith(fates: readonly Fate[]): fc.Arbitrary<Step[]> {
  const pick = fc.nat({ max: 5 });
  const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
  const step = fc.oneof(
    ...FIRING.map(([weight, ruleId, severity]) => weighted(weight, fc.constant({ do: 'fire', ruleId, severity }))),
    ...(
      [
        ['recover', 10],
        ['void the recovery', 3],
        ['withdraw', 2],
        ['join', 2],
      ] as const
    ).map(([what, weight]) => weighted(weight, fc.record({ do: fc.constant(what), pick }))),
    ...(
      [
        ['acknowledge', 5],
        ['resolve', 4],
        ['snooze', 2],
      ] as const
    ).map(([what, weight]) => weighted(weight, fc.record({ do: fc.constant(what), pick }))),
    ...(
      [
        ['apply', 6],
        ['come to rest', 8],
        ['review', 2],
        ['move', 2],
      ] as const
    ).map(([what, weight]) => weighted(weight, fc.constant({ do: what }))),
    weighted(6, fc.record({ do: fc.constant('deliver'), fate: fc.constantFrom(...fates) })),
    weighted(
      4,
      fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(31_000, 15 * MINUTE_MS, 5 * 60 * MINUTE_MS) }),
    ),
  );
  return fc.array(step, { minLength: 10, maxLength: 40, size: 'max' });
}

interface Open {
  readonly episodeId: string;
  readonly severity: Severity;
  readonly freshAt: number;
  /** Since when somebody has to have been told of it, or of what went on when it joined; epoch ms. */
  readonly owedSince: number;
}

interface Ended extends Open {
  /** Alerting has acted on the end. */
  isApplied: boolean;
}

export interface World {
  readonly patientKey: number;
  /** The team responsible now, by the address of its webhook. */
  readonly team: string;
  isFiring(way: Way): boolean;
  /** Since when somebody has to have been told of an urgent low or high that goes on, or to have dealt with it; epoch ms. */
  owedSince(way: Way): number | undefined;
  /** When a person took over or closed its alert last. */
  handledAt(way: Way): number;
  take(step: Exclude<Step, { readonly do: 'come to rest' }>): Promise<void>;
}

export interface WorldDeps {
  readonly scene: Scene;
  readonly hand: ByHand;
  readonly patientKey: number;
  /** The first is responsible at the beginning. */
  readonly teams: readonly { readonly teamId: string; readonly address: string }[];
}

export function createAlertingWorld({ scene, hand, patientKey, teams }: WorldDeps): World {
  const options = { patientKey, nudge: false } as const;
  const open = new Map<RuleId, Open>();
  const ended = new Map<RuleId, Ended>();
  const handled = new Map<Way, number>();
  const resolved = new Map<Way, number>();
  let moves = 0;

  const wayOf = (ruleId: RuleId): Way => (RULES.low.some((low) => low === ruleId) ? 'low' : 'high');
  const openIn = (way: Way) => RULES[way].flatMap((ruleId) => open.get(ruleId) ?? []);
  const owedSince = (way: Way) => {
    const urgent = openIn(way).filter(({ severity }) => severity === 'critical');
    return urgent.length === 0 ? undefined : Math.max(...urgent.map((episode) => episode.owedSince));
  };
  const isToldSince = (way: Way, since: number) =>
    hand.received.some(({ direction, kind, at }) => direction === way && at >= since && kind !== 'closed');
  /** Of what begins now, or is seen again: where nothing urgent went on, or a person has closed all that did, it has to be told. */
  const owedNow = (way: Way) => {
    const since = owedSince(way);
    const closedAt = resolved.get(way) ?? 0;
    const isNews = since === undefined || (closedAt >= since && !isToldSince(way, closedAt));
    return isNews ? scene.now() : since;
  };
  const pickOf = <T>(list: readonly T[], pick: number): T | undefined => list[pick % list.length];

  async function fire(ruleId: RuleId, asked: Severity): Promise<void> {
    const way = wayOf(ruleId);
    const since = owedNow(way);
    const before = open.get(ruleId);
    const severity = before?.severity === 'critical' ? 'critical' : asked;
    const { episodeId } = before ?? {};
    const freshAt = scene.now();
    const fresh = { severity, freshAt, ...(episodeId && { episodeId }) };
    open.set(ruleId, { episodeId: await scene.fire(ruleId, fresh, options), severity, freshAt, owedSince: since });
  }

  async function end(pick: number, how: 'recover' | 'withdraw'): Promise<void> {
    const [ruleId, episode] = pickOf([...open], pick) ?? [];
    if (!ruleId || !episode) return;
    await scene[how](ruleId, options);
    open.delete(ruleId);
    if (how === 'recover') ended.set(ruleId, { ...episode, isApplied: false });
  }

  async function reopen(pick: number): Promise<void> {
    const [ruleId, episode] =
      pickOf(
        [...ended].filter(([rule]) => !open.has(rule)),
        pick,
      ) ?? [];
    if (!ruleId || !episode) return;
    const { episodeId, severity, freshAt, isApplied } = episode;
    const way = wayOf(ruleId);
    // Where alerting has not seen the gap there was none, and what began in it only joined.
    const since = isApplied ? owedNow(way) : episode.owedSince;
    if (!isApplied && severity === 'critical' && (resolved.get(way) ?? 0) < since)
      for (const [rule, each] of open)
        if (wayOf(rule) === way) open.set(rule, { ...each, owedSince: Math.min(each.owedSince, since) });
    await scene.fire(ruleId, { severity, episodeId, freshAt }, options);
    open.set(ruleId, { episodeId, severity, freshAt, owedSince: since });
    ended.delete(ruleId);
  }

  async function join(pick: number): Promise<void> {
    const [ruleId, episode] = pickOf([...open], pick) ?? [];
    if (!ruleId || !episode) return;
    const episodeId = await scene.join(ruleId, options);
    open.set(ruleId, { ...episode, episodeId });
  }

  async function byPerson(what: 'acknowledge' | 'snooze' | 'resolve', pick: number): Promise<void> {
    const alert = pickOf(await scene.alerts(['open', 'acknowledged', 'snoozed']), pick);
    if (!alert) return;
    const { alertId } = alert;
    const way = alert.direction as Way;
    if (what === 'snooze') {
      await scene.commands.snooze(alertId, scene.userId, scene.now() + 60 * MINUTE_MS, 'she eats');
      return;
    }
    if (what === 'acknowledge') await scene.commands.acknowledge(alertId, scene.userId);
    else {
      await scene.commands.resolve(alertId, scene.userId, 'called');
      resolved.set(way, scene.now());
    }
    handled.set(way, scene.now());
  }

  return {
    patientKey,
    get team() {
      return teams[moves % teams.length]!.address;
    },
    isFiring: (way) => openIn(way).length > 0,
    owedSince,
    handledAt: (way) => handled.get(way) ?? 0,
    async take(step) {
      scene.pass(1_000);
      switch (step.do) {
        case 'fire':
          return fire(step.ruleId, step.severity);
        case 'recover':
        case 'withdraw':
          return end(step.pick, step.do);
        case 'void the recovery':
          return reopen(step.pick);
        case 'join':
          return join(step.pick);
        case 'acknowledge':
        case 'snooze':
        case 'resolve':
          return byPerson(step.do, step.pick);
        case 'move':
          moves += 1;
          return scene.moveTo(teams[moves % teams.length]!.teamId, patientKey);
        case 'apply':
          for (const episode of ended.values()) episode.isApplied = true;
          return hand.apply(patientKey);
        case 'review':
          return hand.review();
        case 'deliver':
          hand.receiverAnswers(step.fate);
          await hand.deliver();
          return;
        case 'pass':
          scene.pass(step.ms);
      }
    },
  };
}
