import { describe, expect, test } from 'vitest';
import type { AlertLife } from './alert-life.ts';
import { type ChangedTeam, changeTeam } from './change-team.ts';

const AT = 1_000_000;
const open: AlertLife = {
  state: 'open',
  signal: 'firing',
  severity: 'critical',
  peakSeverity: 'critical',
  occurrence: 3,
  firedAt: 0,
};
const owned: AlertLife = { ...open, state: 'acknowledged', acknowledgedAt: 5, acknowledgedBy: 'nurse' };
const aside: AlertLife = { ...open, state: 'snoozed', snoozedUntil: AT * 2, snoozedSeverity: 'critical' };
const asideByOwner: AlertLife = { ...owned, ...aside, snoozedFrom: 'acknowledged' };
const STRANGERS = { isOwnerThere: false, isSnoozerThere: false };
const said = ({ alert, ended }: ChangedTeam<AlertLife>) => [alert.state, alert.acknowledgedBy, alert.occurrence, ended];

describe('a patient goes to another team, and what fires', () => {
  test.each([
    ['is open stays open', open, STRANGERS, ['open', undefined, 4, []]],
    [
      'has an owner who is of that team, too, stays theirs',
      owned,
      { ...STRANGERS, isOwnerThere: true },
      ['acknowledged', 'nurse', 4, []],
    ],
    ['has an owner elsewhere is open', owned, STRANGERS, ['open', undefined, 4, ['acknowledgement_lapsed']]],
    [
      'was put off by somebody who is of that team, too, stays put off',
      aside,
      { ...STRANGERS, isSnoozerThere: true },
      ['snoozed', undefined, 4, []],
    ],
    ['was put off by somebody elsewhere is open', aside, STRANGERS, ['open', undefined, 4, ['snooze_ended']]],
    [
      'was put off elsewhere by whoever owns it is open',
      asideByOwner,
      STRANGERS,
      ['open', undefined, 4, ['snooze_ended', 'acknowledgement_lapsed']],
    ],
    [
      'was put off elsewhere, and is owned by somebody of that team, is theirs',
      asideByOwner,
      { ...STRANGERS, isOwnerThere: true },
      ['acknowledged', 'nurse', 4, ['snooze_ended']],
    ],
    [
      'was put off by somebody of that team, and is owned elsewhere, is put off and nobody’s',
      asideByOwner,
      { ...STRANGERS, isSnoozerThere: true },
      ['snoozed', undefined, 4, ['acknowledgement_lapsed']],
    ],
  ] as const)('%s', (_, alert, who, expected) => {
    expect(said(changeTeam(alert, who, AT))).toEqual(expected);
  });

  test('but only warns is open, too', () => {
    const warning = { ...owned, severity: 'warning', peakSeverity: 'warning' } as const;
    expect(said(changeTeam(warning, STRANGERS, AT))).toEqual(['open', undefined, 4, ['acknowledgement_lapsed']]);
  });

  test('and was put off here by its owner from elsewhere returns to the team when that is over', () => {
    const { alert } = changeTeam(asideByOwner, { ...STRANGERS, isSnoozerThere: true }, AT);
    expect(alert).toMatchObject({ snoozedUntil: AT * 2, snoozedFrom: 'open' });
  });
});

describe('a patient goes to another team, and what is over', () => {
  const over = { signal: 'cleared', clearedAt: 9 } as const;

  test('and was urgent is that team’s to review, as nothing new', () => {
    expect(said(changeTeam({ ...owned, ...over }, STRANGERS, AT))).toEqual([
      'open',
      undefined,
      3,
      ['acknowledgement_lapsed'],
    ]);
    expect(said(changeTeam({ ...aside, ...over }, STRANGERS, AT))).toEqual(['open', undefined, 3, ['snooze_ended']]);
  });

  test('and only warned closes, as it would have without an owner', () => {
    const warning = { ...owned, ...over, severity: 'warning', peakSeverity: 'warning' } as const;
    const { alert } = changeTeam(warning, STRANGERS, AT);
    expect([alert.state, alert.closedAt]).toEqual(['resolved', AT]);
  });
});
