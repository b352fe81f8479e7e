// The ordered list of schema migrations. A migration that has landed is never edited: a change is a new one.
import type { Migration } from 'kysely/migration';
import { registry } from './0001-registry.ts';
import { journal } from './0002-journal.ts';
import { readings } from './0003-readings.ts';
import { signals } from './0004-signals.ts';
import { alerts } from './0005-alerts.ts';
import { deviceKeepers } from './0006-device-keepers.ts';
import { dayTraces } from './0007-day-traces.ts';
import { patientRisks } from './0008-patient-risks.ts';
import { oneResponsibleTeam } from './0009-one-responsible-team.ts';
import { freshEpisodes } from './0010-fresh-episodes.ts';
import { unansweredAttempts } from './0011-unanswered-attempts.ts';
import { toldRejections } from './0012-told-rejections.ts';
import { offsetsCompared } from './0013-offsets-compared.ts';
import { joinedEpisodes } from './0014-joined-episodes.ts';
import { reportingViews } from './0015-reporting-views.ts';
import { ruleOverrides } from './0016-rule-overrides.ts';
import { deviceEvents } from './0017-device-events.ts';
import { historyDue } from './0018-history-due.ts';
import { escalation } from './0019-escalation.ts';
import { unappliedSince } from './0020-unapplied-since.ts';

export const ALL_MIGRATIONS: Record<string, Migration> = {
  '0001-registry': registry,
  '0002-journal': journal,
  '0003-readings': readings,
  '0004-signals': signals,
  '0005-alerts': alerts,
  '0006-device-keepers': deviceKeepers,
  '0007-day-traces': dayTraces,
  '0008-patient-risks': patientRisks,
  '0009-one-responsible-team': oneResponsibleTeam,
  '0010-fresh-episodes': freshEpisodes,
  '0011-unanswered-attempts': unansweredAttempts,
  '0012-told-rejections': toldRejections,
  '0013-offsets-compared': offsetsCompared,
  '0014-joined-episodes': joinedEpisodes,
  '0015-reporting-views': reportingViews,
  '0016-rule-overrides': ruleOverrides,
  '0017-device-events': deviceEvents,
  '0018-history-due': historyDue,
  '0019-escalation': escalation,
  '0020-unapplied-since': unappliedSince,
};
