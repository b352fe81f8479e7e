// DATA-01: a CGM that is expected to report and doesn't, in stages of silence (clinical.md §7; Nightscout warns at 15 and 30 min).
// Expected is CGM within the plan's periods, or without a plan from the first reading on; a sensor whose life is over gives one info.
// Reasons: `cgm_silent` (with its stage), `sensor_ended`, `received`, `not_expected`.
import { type ExpectedSilence, expectedSilences } from './expected-silences.ts';
import type { Episode, Evaluation, PatientWindow, Rule, RuleStage } from './rule.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  patientInfoAfter: { value: 30, unit: 'min' },
  warningAfter: { value: 6, unit: 'h' },
  teamWarningAfter: { value: 24, unit: 'h' },
} as const;

const MS_PER_MIN = 60_000;
const MS_PER_HOUR = 3_600_000;

export function createData01CgmSilent(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const stages: readonly RuleStage[] = [
    { afterMs: thresholds.patientInfoAfter.value * MS_PER_MIN, severity: 'info', audience: 'patient' },
    { afterMs: thresholds.warningAfter.value * MS_PER_HOUR, severity: 'warning', audience: 'patient' },
    { afterMs: thresholds.teamWarningAfter.value * MS_PER_HOUR, severity: 'warning', audience: 'team' },
  ];
  const say = (reason: string, stage?: number) => ({ reason, thresholds, ...(stage !== undefined && { stage }) });
  // A sensor that ended stays at the first stage: nobody has to look why it is silent.
  const stagesOf = (silence: ExpectedSilence) => (silence.sensorEnded ? stages.slice(0, 1) : stages);
  const reached = (silence: ExpectedSilence, now: number) => {
    const lastedMs = Math.min(silence.endAt ?? now, now) - silence.startAt;
    return stagesOf(silence).filter(({ afterMs }) => lastedMs >= afterMs);
  };
  const episodeOf = (silence: ExpectedSilence, now: number): Episode[] => {
    const passed = reached(silence, now);
    const newest = passed.at(-1);
    if (newest === undefined) return [];
    const { startAt, endAt, lastReading, sensorEnded } = silence;
    return [
      {
        startAt,
        completedAt: startAt + stages[0]!.afterMs,
        ...(endAt !== undefined && endAt <= now && { endAt }),
        severity: newest.severity,
        fate: 'live',
        evidence: lastReading === undefined ? [] : [lastReading],
        explanation: sensorEnded ? say('sensor_ended') : say('cgm_silent', passed.length),
      },
    ];
  };

  return {
    id: 'DATA-01',
    version: 1,
    title: 'CGM silent',
    condition: 'data',
    direction: 'none',
    kinds: ['cgm'],
    thresholds,
    timing: {},
    stages,
    // A silence that late readings show, or that ended before anybody looked, is a matter of completeness, not an alert.
    listsPast: false,
    // A reading ends silence and never starts it. Its later deadline may wait: the one that stands comes too early and asks again.
    mayStart: () => false,
    evaluate(window, profile, now): Evaluation {
      const silences = expectedSilences(window, profile, stages[0]!.afterMs);
      const episodes = silences.flatMap((silence) => episodeOf(silence, now));
      const deadlines = silences
        .flatMap((silence) => [
          ...stagesOf(silence).map(({ afterMs }) => Math.min(silence.startAt + afterMs, silence.endAt ?? Infinity)),
          ...(silence.endAt === undefined ? [] : [silence.endAt]),
        ])
        .filter((at) => at > now);
      const nextDeadlineAt = deadlines.length === 0 ? undefined : Math.min(...deadlines);
      const base = { episodes, nextDeadlineAt };
      const newest = episodes.at(-1);
      if (newest !== undefined && newest.endAt === undefined) {
        return { ...base, verdict: 'firing', severity: newest.severity, explanation: newest.explanation };
      }
      const running = silences.some(({ startAt, endAt }) => startAt <= now && (endAt === undefined || endAt > now));
      // Not `clear` while CGM isn't expected: the first reading, or the plan's first day, has to be evaluated.
      if (!running) return { ...base, verdict: 'unknown', explanation: say('not_expected') };
      return { ...base, verdict: 'clear', explanation: say('received') };
    },
    findRecovery: firstReadingAt,
  };
}

function firstReadingAt({ cgm }: PatientWindow): number | undefined {
  const firsts = cgm.flatMap(({ length, measuredAt }) => (length === 0 ? [] : [measuredAt[0]!]));
  return firsts.length === 0 ? undefined : Math.min(...firsts);
}
