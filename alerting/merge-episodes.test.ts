import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangedEpisode } from '../storage/alerts/signal-changes.ts';
import { mergeEpisodes, type ReasonDraft } from './merge-episodes.ts';

const NOW = 1_000_000;
const CLOSED_AT = 900_000;

function episode(episodeId: string, given: Partial<ChangedEpisode> = {}): ChangedEpisode {
  return {
    episodeId,
    ruleId: 'CGM-01',
    severity: 'critical',
    fate: 'live',
    startAt: 100,
    completedAt: 200,
    evidence: [],
    explanation: { reason: 'below_line_consecutively', thresholds: {} },
    takenUpIn: [],
    ...given,
  };
}

function reason(episodeId: string, given: Partial<ReasonDraft> = {}): ReasonDraft {
  const explanation = { reason: 'below_line_consecutively', thresholds: {} };
  const spanned = { joinedAt: 500, episodeStartAt: 100 };
  return {
    episodeId,
    ruleId: 'CGM-01',
    severity: 'critical',
    firing: true,
    ...spanned,
    explanation,
    evidence: [],
    ...given,
  };
}

const takenUp = (
  state: ChangedEpisode['takenUpIn'][number]['state'],
  severity: ChangedEpisode['severity'] = 'critical',
  firing = state === 'resolved',
) => ({
  takenUpIn: [{ alertId: 'a', episodeId: 'e', state, severity, firing, closedAt: CLOSED_AT }],
});
const firingIds = (reasons: readonly ReasonDraft[]) =>
  reasons.filter(({ firing }) => firing).map(({ episodeId }) => episodeId);

describe('what late data does to an open alert', () => {
  test('what was known late and is seen in time by now is no late warning any more, though no worse', () => {
    const late = { reason: 'late_low', thresholds: {} };
    const known = reason('e', { severity: 'warning', explanation: late });
    const merged = mergeEpisodes([known], [episode('e', { severity: 'warning' })], NOW);
    expect(merged.reasons.map(({ explanation }) => explanation.reason)).toEqual(['below_line_consecutively']);
    expect(merged.notes.map(({ event, reason: why }) => [event, why])).toEqual([
      ['reason_changed', 'below_line_consecutively'],
    ]);
    expect(mergeEpisodes([known], [episode('e', { severity: 'warning', explanation: late })], NOW).notes).toEqual([]);
  });

  test('an episode that is joined to an older one leaves no gap in between', () => {
    const changed = [
      episode('older', { takenUpIn: [], startAt: 50 }),
      episode('younger', { withdrawnAt: NOW, joinedTo: 'older' }),
    ];
    const merged = mergeEpisodes([reason('younger')], changed, NOW);
    expect(firingIds(merged.reasons)).toEqual(['older']);
    expect(merged.continuing).toBe('critical');
    expect(merged.notes.map(({ event, reason: why }) => [event, why])).toEqual([
      ['reason_joined', 'below_line_consecutively'],
      ['reason_cleared', 'withdrawn'],
    ]);
  });

  test('one that recovered before another began is a new one, though nobody saw the gap', () => {
    const merged = mergeEpisodes([reason('first')], [episode('first', { endAt: 300 }), episode('second')], NOW);
    expect(merged.continuing).toBeUndefined();
    expect(firingIds(merged.reasons)).toEqual(['second']);
  });

  test('one that never was, beside another that began, is a new one as well', () => {
    const merged = mergeEpisodes([reason('first')], [episode('first', { withdrawnAt: NOW }), episode('second')], NOW);
    expect(merged.continuing).toBeUndefined();
  });

  test('one that recovered before another began, while something lesser went on, leaves only the lesser in between', () => {
    const before = [reason('first'), reason('lesser', { ruleId: 'CGM-02', severity: 'warning' })];
    const merged = mergeEpisodes(before, [episode('first', { endAt: 300 }), episode('second')], NOW);
    expect(merged.continuing).toBe('warning');
  });

  test('one that got worse counts as what it was', () => {
    const before = [reason('first', { severity: 'warning' })];
    expect(mergeEpisodes(before, [episode('first')], NOW).continuing).toBe('warning');
  });

  test('one that is joined to what a person has closed stays in the alert', () => {
    const closed = { severity: 'warning', ...takenUp('resolved', 'warning') } as const;
    const changed = [
      episode('older', { ...closed, startAt: 50 }),
      episode('younger', { withdrawnAt: NOW, joinedTo: 'older' }),
    ];
    const merged = mergeEpisodes([reason('younger', { severity: 'warning' })], changed, NOW);
    expect(firingIds(merged.reasons)).toEqual(['older']);
  });

  test('one that another rule adds to what goes on is not', () => {
    const merged = mergeEpisodes([reason('first')], [episode('second', { ruleId: 'CGM-02' })], NOW);
    expect(merged.continuing).toBe('critical');
    expect(firingIds(merged.reasons)).toEqual(['first', 'second']);
  });

  test('one that was over before it was seen joins as a cleared reason', () => {
    const merged = mergeEpisodes([reason('first')], [episode('second', { endAt: 300 })], NOW);
    expect(merged.listed).toEqual([]);
    expect(merged.notes).toMatchObject([{ event: 'reason_joined', reason: 'over_already', draft: { firing: false } }]);
  });

  test('another thing to be done about the same is worth a line, with what it is now', () => {
    const explanation = { reason: 'visit_due', thresholds: {}, stage: 1 };
    const routine = { action: 'routine', dueOn: '2026-05-09', reason: 'quarterly' } as const;
    const refer = { action: 'refer', dueOn: '2026-05-09', reason: 'emergency', atOnce: true } as const;
    const before = reason('first', { explanation: { ...explanation, followUp: routine } });
    const changed = episode('first', { explanation: { ...explanation, followUp: refer } });
    const merged = mergeEpisodes([before], [changed], NOW);
    expect(merged.notes).toMatchObject([{ event: 'reason_changed', draft: { explanation: { followUp: refer } } }]);
  });

  test('a reading more of the same changes nothing and is not worth a line', () => {
    expect(mergeEpisodes([reason('first')], [episode('first', { completedAt: 900 })], NOW).notes).toEqual([]);
  });
});

describe('without an open alert', () => {
  test('a live episode that is over is listed as over before anybody was told', () => {
    const merged = mergeEpisodes(undefined, [episode('e', { endAt: 300 })], NOW);
    expect(merged.listed).toMatchObject([{ reason: 'over_before_told' }]);
    expect(merged.notes).toEqual([]);
  });

  test('a retrospective one is listed for its own reason, open or not', () => {
    const explanation = { reason: 'too_old', thresholds: {} };
    const merged = mergeEpisodes(undefined, [episode('e', { fate: 'retrospective', explanation })], NOW);
    expect(merged.listed).toMatchObject([{ reason: 'too_old' }]);
  });

  test('one that was listed is not listed again', () => {
    expect(mergeEpisodes(undefined, [episode('e', { endAt: 300, ...takenUp('retrospective') })], NOW).listed).toEqual(
      [],
    );
  });

  test('one that was listed and goes on after all is an alert', () => {
    expect(firingIds(mergeEpisodes(undefined, [episode('e', takenUp('retrospective'))], NOW).reasons)).toEqual(['e']);
  });

  test('one that was listed and never was takes its listing with it', () => {
    const merged = mergeEpisodes(undefined, [episode('e', { withdrawnAt: NOW, ...takenUp('retrospective') })], NOW);
    expect(merged.withdrawnListings).toEqual(['a']);
  });

  test('one that a person closed while it fired stays closed, until it gets worse', () => {
    const same = episode('e', { severity: 'warning', ...takenUp('resolved', 'warning') });
    expect(mergeEpisodes(undefined, [same], NOW).notes).toEqual([]);
    const worse = { ...same, severity: 'critical' as const };
    expect(firingIds(mergeEpisodes(undefined, [worse], NOW).reasons)).toEqual(['e']);
  });

  test('one that was clear when its alert was closed, and goes on because its recovery was voided, is told', () => {
    const reopened = episode('e', takenUp('resolved', 'critical', false));
    expect(firingIds(mergeEpisodes(undefined, [reopened], NOW).reasons)).toEqual(['e']);
  });

  test('one that ends after a person closed its alert has ended in that alert, under the name it had there', () => {
    const ended = [{ alertId: 'a', episodeId: 'e', endAt: 300, reason: 'recovered' }];
    const closed = takenUp('resolved');
    expect(mergeEpisodes(undefined, [episode('e', { ...closed, endAt: 300 })], NOW).endedClosed).toEqual(ended);
    expect(mergeEpisodes([], [episode('older', { ...closed, endAt: 300 })], NOW).endedClosed).toEqual(ended);
    const goesOn = [episode('older', closed), episode('e', { ...closed, withdrawnAt: NOW, joinedTo: 'older' })];
    expect(mergeEpisodes(undefined, goesOn, NOW).endedClosed).toEqual([]);
    const open = { ...takenUp('open', 'critical', true), endAt: 300 };
    expect(mergeEpisodes([reason('e')], [episode('e', open)], NOW).endedClosed).toEqual([]);
  });

  test('an urgent one that a person closed while it fired is told again by a fresh reading that came after', () => {
    const closed = takenUp('resolved');
    const seen = (freshAt: number | undefined, more: Partial<ChangedEpisode> = {}) =>
      mergeEpisodes(undefined, [episode('e', { ...closed, freshAt, ...more })], NOW);
    expect(seen(undefined).notes).toEqual([]);
    expect(seen(CLOSED_AT).notes).toEqual([]);
    expect(seen(CLOSED_AT + 1).notes).toMatchObject([{ event: 'reason_joined', reason: 'goes_on_after_closing' }]);
    expect(seen(CLOSED_AT + 1, { severity: 'warning' }).notes).toEqual([]);
  });

  test('and once more only by one that came after it was closed once more', () => {
    const again = {
      alertId: 'b',
      episodeId: 'e',
      state: 'resolved',
      severity: 'critical',
      firing: true,
      closedAt: NOW,
    } as const;
    const takenUpIn = [...takenUp('resolved').takenUpIn, again];
    const seen = (freshAt: number) => mergeEpisodes(undefined, [episode('e', { freshAt, takenUpIn })], NOW).notes;
    expect(seen(NOW)).toEqual([]);
    expect(seen(NOW + 1)).toHaveLength(1);
  });
});

test('the order in which changes are looked at makes no difference to what fires', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const change = fc.record({
    episodeId: fc.constantFrom(...ids),
    fate: fc.constantFrom('live' as const, 'late' as const, 'retrospective' as const),
    endAt: fc.option(fc.constant(300), { nil: undefined }),
    withdrawnAt: fc.option(fc.constant(NOW), { nil: undefined }),
    severity: fc.constantFrom('warning' as const, 'critical' as const),
  });
  const arbitrary = fc
    .tuple(fc.uniqueArray(change, { selector: ({ episodeId }) => episodeId }), fc.subarray(ids), fc.boolean())
    .chain(([changes, present, isOpen]) =>
      fc.tuple(
        fc.constant(changes),
        fc.shuffledSubarray(changes, { minLength: changes.length }),
        fc.constant(isOpen ? present : undefined),
      ),
    );
  fc.assert(
    fc.property(arbitrary, ([changes, shuffled, present]) => {
      const before = present?.map((episodeId) => reason(episodeId));
      const [one, two] = [changes, shuffled].map((order) =>
        mergeEpisodes(
          before,
          order.map(({ episodeId, ...given }) => episode(episodeId, given)),
          NOW,
        ),
      );
      expect(firingIds(one?.reasons ?? []).toSorted()).toEqual(firingIds(two?.reasons ?? []).toSorted());
      expect(one?.continuing).toBe(two?.continuing);
      expect(one?.listed.length).toBe(two?.listed.length);
    }),
  );
});
