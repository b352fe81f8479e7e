// The rules of a team: what each judges by, and which lines are the team's own.
import { html } from 'lit-html';
import { get, getAll } from './api.ts';
import type { Stage, View } from './page.ts';
import { ruleName } from './reason-text.ts';
import { t, words } from './texts.ts';
import { thresholdText } from './threshold-text.ts';
import type { Page, Rule, Team, Threshold } from './wire.ts';

export function rulesView({ show, reload }: Stage): View {
  let chosen: string | undefined;
  const refresh = async () => {
    const teams = await getAll<Team>('/teams');
    const teamId = teams.some((team) => team.teamId === chosen) ? chosen : teams[0]?.teamId;
    const { items } = await get<Page<Rule>>(`/rules?limit=1000${teamId === undefined ? '' : `&teamId=${teamId}`}`);
    show(
      html`<h1>${t.rules}</h1>
      ${teams.length > 1 ? html`<select aria-label=${t.team} @change=${choose}>${teams.map((team) => html`<option value=${team.teamId} ?selected=${team.teamId === teamId}>${team.name}</option>`)}</select>` : ''}
      <table class="rules stacks">
        <thead><tr><th>${t.rule}</th><th>${t.kind}</th><th>${t.thresholds}</th></tr></thead>
        <tbody>${items.map(ruleRow)}</tbody>
      </table>`,
      t.rules,
    );
  };
  const choose = (event: Event) => {
    chosen = (event.target as HTMLSelectElement).value;
    return reload();
  };
  return { refresh, concerns: () => false };
}

function ruleRow({ ruleId, condition, direction, thresholds }: Rule) {
  return html`<tr data-rule-id=${ruleId}>
    <td class="who">${ruleName(ruleId)} <small>${ruleId}</small></td>
    <td>${words(`${condition}_${direction}`)}</td>
    <td><ul class="lines">${Object.entries(thresholds).map(([name, line]) => html`<li>${thresholdText(name, line)}${originNote(line)}</li>`)}</ul></td>
  </tr>`;
}

/** The default's needs no word. */
function originNote({ origin = 'default', fixed = false }: Threshold) {
  if (fixed) return html` <small>${t.fixedLine}</small>`;
  return origin === 'default' ? '' : html` <strong class="own">${words(origin)}</strong>`;
}
