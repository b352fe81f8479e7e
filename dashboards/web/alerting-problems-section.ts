// What the team has to mend so that alerts reach it: shown to whoever looks at the team, and sent to nobody.
import { html, type TemplateResult } from 'lit-html';
import { findingText } from './finding-texts.ts';
import { tm } from './team-texts.ts';
import type { AlertingFinding } from './team-wire.ts';

/** A team that sends nothing must not look like one that does. */
export function debugBanner(findings: readonly AlertingFinding[], timeZone: string): TemplateResult | '' {
  const debug = findings.find(({ kind }) => kind === 'debug_mode');
  return debug ? html`<p class="stale debug" role="alert">${findingText(debug, timeZone)}</p>` : '';
}

/** Nothing where nothing is to be mended. */
export function alertingProblemsSection(findings: readonly AlertingFinding[], timeZone: string): TemplateResult | '' {
  const problems = findings.filter(({ kind }) => kind !== 'debug_mode');
  if (problems.length === 0) return '';
  return html`<section class="alerting-problems">
    <h2>${tm.alertingProblems} <small>${problems.length}</small></h2>
    <ul class="open-alerts">${problems.map((finding) => html`<li class="warning" data-kind=${finding.kind}>${findingText(finding, timeZone)}</li>`)}</ul>
  </section>`;
}
