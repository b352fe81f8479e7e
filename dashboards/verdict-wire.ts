// What rules said of a patient at an instant, as the API answers it: verdict, why, by which thresholds and on which readings.
import Type from 'typebox';
import { type FiringReason, inhibitorOf } from '../domain/alerts/inhibition.ts';
import { LIVE_WITHIN_MS } from '../domain/reading.ts';
import { CONDITIONS, type Episode, type EvidenceReading, SEVERITIES } from '../domain/rules/rule.ts';
import type { StoredReading } from '../storage/ports/time-series.ts';
import type { RuleVerdict } from '../storage/verdicts/judge-at.ts';
import type { Judged } from '../storage/verdicts/judge-known.ts';
import { FollowUpWire } from './follow-up-wire.ts';
import { formatInstant, formatOptionalInstant } from './instant.ts';
import { evidenceKey, type StoredEvidence } from './read-evidence.ts';
import { ReadingWire, toReadingWire } from './reading-wire.ts';
import { DirectionWire, ThresholdsWire, toThresholdsWire } from './rule-wire.ts';
import { InstantOut } from './wire.ts';

const Optional = Type.Optional;
const Severity = Type.Enum([...SEVERITIES]);
const VerdictName = Type.Enum(['firing', 'pending', 'clear', 'unknown']);

const RestsOn = Type.Object({
  ...ReadingWire.properties,
  late: Type.Boolean({ description: 'Received more than 30 min after it was measured.' }),
  receivedLater: Type.Boolean({ description: 'Received only after `at`: nobody could know of it then.' }),
});

export const VerdictWire = Type.Object({
  ruleId: Type.String(),
  version: Type.Integer(),
  title: Type.String(),
  condition: Type.Enum([...CONDITIONS]),
  direction: DirectionWire,
  verdict: VerdictName,
  severity: Optional(Severity),
  reason: Type.String({ description: 'Why, as a code.' }),
  stage: Optional(Type.Integer()),
  inhibitedBy: Optional(
    Type.String({
      description:
        'What speaks for this rule: of a firing one the id of a rule, so that it needs no word of its own; `fingerstick`, where one that agrees with the sensor put it off.',
    }),
  ),
  followUp: Optional(FollowUpWire),
  thresholds: ThresholdsWire,
  readings: Type.Array(RestsOn, {
    description: 'What it rests on, newest last; of a clear verdict what came closest to the condition.',
  }),
  episode: Optional(
    Type.Object(
      {
        startAt: InstantOut,
        completedAt: InstantOut,
        endAt: Optional(InstantOut),
        severity: Severity,
        fate: Type.Enum(['live', 'late', 'retrospective']),
        reason: Type.String(),
      },
      { description: 'The newest that had begun by then.' },
    ),
  ),
  asReceived: Optional(
    Type.Object(
      { verdict: VerdictName, severity: Optional(Severity), reason: Type.String() },
      { description: 'What could be known of it at `at`, where something that was measured before came later.' },
    ),
  ),
});
export type VerdictWire = Type.Static<typeof VerdictWire>;

/** What a verdict's answer names as that on which it rests. */
export const restsOn = ({ explanation, episode }: Judged): readonly EvidenceReading[] =>
  explanation.readings ?? episode?.evidence ?? [];

/**
 * @param firing every rule that does
 * @param known what it may rest on; what is not there any more is left out
 */
export function toVerdictWire(
  { rule, judged, asReceived }: RuleVerdict,
  firing: readonly FiringReason[],
  { stored, deviceIds }: StoredEvidence,
  at: number,
): VerdictWire {
  const { verdict, severity, explanation, episode } = judged;
  return {
    ruleId: rule.id,
    version: rule.version,
    title: rule.title,
    condition: rule.condition,
    direction: rule.direction,
    verdict,
    severity,
    reason: explanation.reason,
    stage: explanation.stage,
    inhibitedBy:
      explanation.inhibitedBy ??
      (verdict === 'firing' ? inhibitorOf({ ruleId: rule.id, severity }, firing) : undefined),
    followUp: explanation.followUp,
    thresholds: toThresholdsWire(rule.id, rule.thresholds),
    readings: restsOn(judged).flatMap((each) => toRestsOn(stored.get(evidenceKey(each)), deviceIds, at)),
    episode: episode && toEpisodeWire(episode),
    asReceived: asReceived && {
      verdict: asReceived.verdict,
      severity: asReceived.severity,
      reason: asReceived.explanation.reason,
    },
  };
}

function toRestsOn(stored: StoredReading | undefined, deviceIds: ReadonlyMap<number, string>, at: number) {
  const deviceId = stored && deviceIds.get(stored.reading.deviceKey);
  if (stored === undefined || deviceId === undefined) return [];
  const { receivedAt, measuredAt } = stored.reading;
  return [
    {
      ...toReadingWire(stored, deviceId),
      late: receivedAt - measuredAt > LIVE_WITHIN_MS,
      receivedLater: receivedAt > at,
    },
  ];
}

const toEpisodeWire = ({ startAt, completedAt, endAt, severity, fate, explanation }: Episode) => ({
  startAt: formatInstant(startAt),
  completedAt: formatInstant(completedAt),
  endAt: formatOptionalInstant(endAt),
  severity,
  fate,
  reason: explanation.reason,
});
