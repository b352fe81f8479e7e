// How bad what each rule finds is, and what makes it better or worse, in words (clinical.md §7, column "severity"). The rules judge by
// themselves; this says it to people. Promise: every rule of the catalogues is here (tests hold the rules to it).
import type { Severity } from './rule.ts';

export interface RuleSeverity {
  readonly usual: Severity;
  readonly otherwise?: readonly { readonly severity: Severity; readonly when: string }[];
}

const LOW_ON_TREATMENT: RuleSeverity = {
  usual: 'warning',
  otherwise: [
    {
      severity: 'critical',
      when: 'on insulin or a sulfonylurea, or from 65 years on with no treatment recorded that lowers glucose',
    },
  ],
};

export const RULE_SEVERITIES: Readonly<Record<string, RuleSeverity>> = {
  'CGM-01': { usual: 'critical' },
  'CGM-02': LOW_ON_TREATMENT,
  'CGM-03': { usual: 'warning' },
  'CGM-04': { usual: 'critical' },
  'CGM-05': { usual: 'warning' },
  'CGM-06': { usual: 'critical' },
  'CGM-07': { usual: 'warning' },
  'CGM-08': { usual: 'warning' },
  'CGM-09': { usual: 'info' },
  'SMBG-01': { usual: 'critical' },
  'SMBG-02': LOW_ON_TREATMENT,
  'SMBG-03': { usual: 'critical' },
  'SMBG-04': { usual: 'warning' },
  'BP-01': {
    usual: 'critical',
    otherwise: [
      { severity: 'warning', when: 'the sitting’s mean doesn’t confirm it, but reaches one of the lines that end it' },
      { severity: 'info', when: 'the sitting’s mean doesn’t confirm it and lies below both lines that end it' },
    ],
  },
  'BP-02': { usual: 'emergency' },
  'BP-03': { usual: 'warning' },
  'BP-04': { usual: 'warning' },
  'BP-05': {
    usual: 'warning',
    otherwise: [
      { severity: 'critical', when: 'dizziness or a fall is reported' },
      { severity: 'critical', when: 'from 65 years on with the systolic below its line' },
    ],
  },
  'BP-06': { usual: 'info' },
  'DATA-01': {
    usual: 'info',
    otherwise: [{ severity: 'warning', when: 'silent from the second stage on; never of a sensor whose life is over' }],
  },
  'DATA-02': { usual: 'warning' },
  'DATA-03': { usual: 'warning' },
  'DATA-04': { usual: 'info' },
  'DATA-05': { usual: 'info' },
  'ADH-01': { usual: 'info' },
  'ADH-02': { usual: 'warning' },
  'TREND-01': {
    usual: 'info',
    otherwise: [{ severity: 'warning', when: 'time in range fell by warningFrom or more' }],
  },
  'TREND-02': { usual: 'warning' },
  'TREND-03': { usual: 'warning' },
  'TREND-04': { usual: 'warning' },
  'PHS-01': { usual: 'info', otherwise: [{ severity: 'warning', when: 'the visit is overdue by overdueBy days' }] },
};

/** Whether a rule may say so of an episode that was completed in time. */
export function maySay(ruleId: string, severity: Severity): boolean {
  const known = RULE_SEVERITIES[ruleId];
  return [known?.usual, ...(known?.otherwise ?? []).map((other) => other.severity)].includes(severity);
}
