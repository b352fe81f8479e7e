// What only warns: told again while nobody has taken it over, as often as its rule says, and never in the night; no new message of its day.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStories, type Stories, type TeamOfStory } from './alerting-story.ts';

let stories: Stories;
beforeAll(async () => {
  stories = await openStories();
});
afterAll(() => stories.close());

const DAY_AND_NIGHT: TeamOfStory = { members: { nurse: 'nurse' } };
const QUIET: TeamOfStory = { ...DAY_AND_NIGHT, settings: { quietHours: { from: '22:00', to: '07:00' } } };
const timed = { timeout: 90_000 };

test('a low that only warns is told again every half hour until somebody takes it over', timed, async () => {
  const story = await stories.begin(DAY_AND_NIGHT);
  story.at('10:00');
  await story.signal('CGM-02', 'warning');
  story.at('10:01');
  await story.tells({ nurse: 'opened' });
  story.at('10:30');
  await story.tellsNobody();
  story.at('10:31');
  await story.tells({ nurse: 'reminder' });
  story.at('11:01');
  await story.tells({ nurse: 'reminder' });
  await story.acknowledges('nurse');
  story.at('12:00');
  await story.tellsNobody();
});

test('put off, it is told again when that is over', timed, async () => {
  const story = await stories.begin(DAY_AND_NIGHT);
  story.at('10:00');
  await story.signal('CGM-02', 'warning');
  story.at('10:01');
  await story.tells({ nurse: 'opened' });
  await story.snoozes('nurse', 60, 'she is eating');
  story.at('11:00');
  await story.tellsNobody();
  story.at('11:01');
  await story.tells({ nurse: 'reminder' });
  story.at('11:30');
  await story.recovers('CGM-02');
  await story.tells({ nurse: 'closed' });
  story.at('12:30');
  await story.tellsNobody();
});

test('told before the night, it is told once more in the morning, and then as ever', timed, async () => {
  const story = await stories.begin(QUIET);
  story.at('21:40');
  await story.signal('CGM-02', 'warning');
  story.at('21:41');
  await story.tells({ nurse: 'opened' });
  for (const time of ['22:11', '22:41', '23:11', '03:00', '07:00']) {
    story.at(time);
    await story.tellsNobody();
  }
  story.at('07:01');
  await story.tells({ nurse: 'reminder' });
  const held = (await story.timeline()).filter(({ event }) => event === 'notification_held');
  expect(held.map(({ reason }) => reason)).toEqual(['quiet_hours']);
  story.at('07:29');
  await story.tellsNobody();
  story.at('07:30');
  await story.tells({ nurse: 'reminder' });
});

test('what the team has heard in the digest of the night alone is not told again by itself', timed, async () => {
  const story = await stories.begin(QUIET);
  story.at('23:00');
  await story.signal('CGM-02', 'warning');
  story.at('23:01');
  await story.tellsNobody();
  story.at('07:00');
  await story.tellsNobody();
  story.at('07:01');
  await story.tells({ nurse: 'opened' });
  for (const time of ['07:31', '08:01', '12:00']) {
    story.at(time);
    await story.tellsNobody();
  }
});

test(
  'of a low fingerstick that only warns the team hears once: the patient is asked to measure again',
  timed,
  async () => {
    const story = await stories.begin(DAY_AND_NIGHT);
    story.at('10:00');
    await story.smbg(3.5);
    story.at('10:01');
    await story.tells({ nurse: 'opened' });
    for (const time of ['10:16', '10:31', '12:00']) {
      story.at(time);
      await story.tellsNobody();
    }
  },
);

test('what is told again of a low is no new message of that day', timed, async () => {
  const story = await stories.begin({ ...DAY_AND_NIGHT, settings: { dailyCap: 2 } });
  story.at('10:00');
  await story.signal('CGM-02', 'warning');
  story.at('10:01');
  await story.tells({ nurse: 'opened' });
  story.at('10:31');
  await story.tells({ nurse: 'reminder' });
  story.at('11:01');
  await story.tells({ nurse: 'reminder' });
  await story.signal('CGM-05', 'warning');
  story.at('11:02');
  await story.tells({ nurse: 'opened' });
  await story.signal('DATA-02', 'warning');
  story.at('11:03');
  await story.tellsNobody();
  story.at('11:31');
  await story.tells({ nurse: 'reminder' });
});

test('a low comes with the digest, too, where there were as many of lows as there may be', timed, async () => {
  const story = await stories.begin({ ...DAY_AND_NIGHT, settings: { dailyCap: 1 } });
  story.at('10:00');
  await story.signal('CGM-02', 'warning');
  story.at('10:01');
  await story.tells({ nurse: 'opened' });
  await story.recovers('CGM-02');
  await story.tells({ nurse: 'closed' });
  story.at('10:10');
  await story.signal('CGM-02', 'warning');
  story.at('10:11');
  await story.tellsNobody();
  expect((await story.timeline()).map(({ reason }) => reason)).toContain('daily_cap');
});

test('the next step of a warning is no new message, and what is told again has its time', timed, async () => {
  const steps = [
    { delayMin: 0, targets: [{ kind: 'role' as const, role: 'nurse' as const }] },
    { delayMin: 20, targets: [{ kind: 'role' as const, role: 'lead' as const }] },
  ];
  const story = await stories.begin({
    members: { nurse: 'nurse', lead: 'lead' },
    settings: { dailyCap: 1, policies: [{ name: 'warnings', severities: ['warning'], steps }] },
  });
  story.at('10:00');
  await story.signal('CGM-02', 'warning');
  story.at('10:01');
  await story.tells({ nurse: 'opened' });
  story.at('10:21');
  await story.tells({ lead: 'opened' });
  story.at('10:51');
  await story.tells({ nurse: 'reminder', lead: 'reminder' });
  expect((await story.timeline()).map(({ event }) => event)).not.toContain('notification_held');
});
