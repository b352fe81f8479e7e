// A team: who is on call, what one shift hands over to the next, its alerts in figures, what was wrong with its devices.
import { html } from 'lit-html';
import { alertingProblemsSection, debugBanner } from './alerting-problems-section.ts';
import { get, getAll } from './api.ts';
import { figuresSection } from './figures-section.ts';
import { handoverSection, onCallSection } from './handover-section.ts';
import { incidentsSection } from './incidents-section.ts';
import { myUserId } from './me.ts';
import type { Stage, View } from './page.ts';
import { namesOf } from './patient-names.ts';
import { tm } from './team-texts.ts';
import type { AlertingFinding, AlertStats, Handover, Incident } from './team-wire.ts';
import { t } from './texts.ts';
import type { Page, Team } from './wire.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 28;
/** Figures of weeks move slowly, and cost the most. */
const FIGURES_HOLD_MS = 5 * 60_000;
const INCIDENTS_SHOWN = 10;

export function teamView(asked: string | undefined, { show, reload }: Stage): View {
  let days: number = DEFAULT_DAYS;
  let stats: { readonly of: string; readonly at: number; readonly figures: AlertStats } | undefined;

  async function figuresOf(teamId: string): Promise<AlertStats> {
    const of = `${teamId} ${days}`;
    const now = Date.now();
    if (stats?.of === of && stats.at + FIGURES_HOLD_MS > now) return stats.figures;
    const figures = await get<AlertStats>(`/teams/${teamId}/alert-stats?from=${now - days * DAY_MS}`);
    stats = { of, at: now, figures };
    return figures;
  }

  const refresh = async () => {
    const teams = await getAll<Team>('/teams');
    const team = teams.find(({ teamId }) => teamId === asked) ?? teams[0];
    if (!team) return show(html`<h1>${tm.tab}</h1><p class="empty">${tm.noTeams}</p>`, tm.tab);
    const { teamId, name } = team;
    const [me, handover, { findings }, figures, incidents] = await Promise.all([
      myUserId(),
      get<Handover>(`/teams/${teamId}/handover`),
      get<{ readonly findings: readonly AlertingFinding[] }>(`/teams/${teamId}/alerting/findings`),
      figuresOf(teamId),
      get<Page<Incident>>(`/teams/${teamId}/incidents?limit=${INCIDENTS_SHOWN}`),
    ]);
    const shown = [...handover.alerts, ...handover.snoozesEnding, ...handover.watch];
    const names = await namesOf(shown.map(({ patientId }) => patientId));
    show(
      html`<article class="team" data-team-id=${teamId}>
      <h1>${teams.length > 1 ? html`<select aria-label=${t.team} @change=${goTo}>${teams.map((each) => html`<option value=${each.teamId} ?selected=${each.teamId === teamId}>${each.name}</option>`)}</select>` : name}</h1>
      ${debugBanner(findings, handover.timeZone)}
      ${onCallSection(handover)}
      ${alertingProblemsSection(findings, handover.timeZone)}
      ${handoverSection(handover, { names, me })}
      ${figuresSection(figures, { days, choose, me })}
      ${incidentsSection(incidents.items, handover.timeZone)}
    </article>`,
      name,
    );
  };
  const choose = (chosen: number) => {
    days = chosen;
    void reload();
  };
  const goTo = (event: Event) => {
    location.hash = `#/teams/${(event.target as HTMLSelectElement).value}`;
  };
  return { refresh, concerns: ({ name }) => name === 'alert' };
}
