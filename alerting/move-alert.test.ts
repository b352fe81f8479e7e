import { describe, expect, test } from 'vitest';
import type { Severity } from '../domain/rules/rule.ts';
import type { AlertRecord } from '../storage/alerts/alert-record.ts';
import type { MergedEpisodes, ReasonDraft, ReasonNote } from './merge-episodes.ts';
import { moveAlert, newAlert } from './move-alert.ts';

const NOW = 10_000_000;
const KEY = { patientKey: 1, condition: 'glucose', direction: 'low' } as const;
const opened = newAlert(KEY, 'critical', { teamId: 't', previousAlertId: undefined, at: 0 });

function draft(ruleId: string, severity: Severity, firing = true): ReasonDraft {
  const explanation = { reason: 'below_line', thresholds: {} };
  return { ruleId, episodeId: ruleId, severity, firing, joinedAt: NOW, episodeStartAt: 0, explanation, evidence: [] };
}

function move(
  before: AlertRecord | undefined,
  reasons: readonly ReasonDraft[],
  given: { wasTold?: boolean; continuing?: Severity } = {},
) {
  const event = (firing: boolean): ReasonNote['event'] => (firing ? 'reason_joined' : 'reason_cleared');
  const notes = reasons.map((each) => ({ event: event(each.firing), reason: 'why', draft: each }));
  const { continuing = before?.severity, wasTold = true } = given;
  const merged: MergedEpisodes = { reasons, notes, continuing, listed: [], withdrawnListings: [], endedClosed: [] };
  return moveAlert({ key: KEY, before, merged, teamId: 't', previousAlertId: 'p', wasTold, now: NOW });
}
const events = (moved: ReturnType<typeof moveAlert>) => moved?.timeline.map(({ event }) => event);

describe('the rules say something new', () => {
  test('and there was nothing: an alert opens that names the one before', () => {
    const moved = move(undefined, [draft('CGM-02', 'warning'), draft('CGM-01', 'critical')]);
    expect(moved?.alert).toMatchObject({ state: 'open', severity: 'critical', previousAlertId: 'p', openedAt: NOW });
    expect(events(moved)).toEqual(['opened', 'reason_joined', 'reason_joined']);
  });

  test('and there was nothing, and nothing fires: nothing opens', () => {
    expect(move(undefined, [draft('CGM-01', 'critical', false)])).toBeUndefined();
  });

  test('a step down is noted and changes no state', () => {
    const moved = move({ ...opened, state: 'acknowledged' }, [draft('CGM-02', 'warning')]);
    expect(moved?.alert).toMatchObject({ state: 'acknowledged', severity: 'warning', peakSeverity: 'critical' });
    expect(moved?.timeline.at(-1)).toMatchObject({
      event: 'severity_fell',
      detail: { from: 'critical', to: 'warning' },
    });
  });

  test('worse than what was snoozed breaks through', () => {
    const snoozed = { ...opened, severity: 'warning', peakSeverity: 'warning', state: 'snoozed' } as const;
    const moved = move({ ...snoozed, snoozedUntil: NOW * 2, snoozedSeverity: 'warning' }, [
      draft('CGM-01', 'critical'),
    ]);
    expect(moved?.alert).toMatchObject({ state: 'open', severity: 'critical' });
    expect(moved?.alert.snoozedUntil).toBeUndefined();
  });

  test('worse than what goes on is a rise that is told anew, though it was as bad before', () => {
    const fallen = { ...opened, state: 'acknowledged', severity: 'warning', occurrence: 3, reminders: 2 } as const;
    const reasons = [draft('CGM-02', 'warning'), draft('CGM-01', 'critical')];
    const moved = move(fallen, reasons, { continuing: 'warning' });
    expect(moved?.alert).toMatchObject({ state: 'open', severity: 'critical', occurrence: 4, reminders: 0 });
    expect(events(moved)?.at(-1)).toBe('severity_rose');
    const same = moved && move(moved.alert, reasons, { continuing: 'critical' });
    expect(same?.alert.occurrence).toBe(4);
  });

  test('the same trouble anew counts as an occurrence of its own, and its reminders from the start', () => {
    const cleared = { ...opened, signal: 'cleared', clearedAt: 5, reminders: 3 } as const;
    const moved = move(cleared, [draft('CGM-01', 'critical')]);
    expect(moved?.alert).toMatchObject({ signal: 'firing', occurrence: 2, firedAt: NOW, reminders: 0 });
    expect(events(moved)).toContain('fired_again');
  });
});

describe('no reason fires any more', () => {
  const over = [draft('CGM-01', 'critical', false)];

  test('what was urgent and told waits for a person', () => {
    expect(move(opened, over)?.alert).toMatchObject({ state: 'open', signal: 'cleared', clearedAt: NOW });
  });

  test('what nobody was told of is only listed', () => {
    const moved = move(opened, over, { wasTold: false });
    expect(moved?.alert).toMatchObject({ state: 'retrospective', signal: 'cleared' });
    expect(moved?.timeline.at(-1)).toMatchObject({ event: 'listed', reason: 'over_before_told' });
  });

  test('what somebody owns stays theirs, told or not', () => {
    const moved = move({ ...opened, state: 'acknowledged' }, over, { wasTold: false });
    expect(moved?.alert).toMatchObject({ state: 'acknowledged', signal: 'cleared' });
  });

  test('what was never urgent resolves by itself and says so', () => {
    const warning = { ...opened, severity: 'warning', peakSeverity: 'warning' } as const;
    const moved = move(warning, over);
    expect(moved?.alert).toMatchObject({ state: 'resolved', closedAt: NOW });
    expect(events(moved)).toEqual(['reason_cleared', 'cleared', 'resolved']);
  });
});
