// Which outcomes say that an alert was worth its interruption, as data. Operational, not clinical: it measures the alarms, not the care.
import type { Condition } from '../rules/rule.ts';
import type { Outcome } from './alert-life.ts';

/** Somebody did something for the patient. */
const USEFUL_OUTCOMES: readonly Outcome[] = ['called', 'advice_given', 'drug_changed', 'visit_arranged', 'referred'];
/** Finding a device at fault is what alerts about devices and data are for; of any other it says that it rang in vain. */
const USEFUL_FOR_DEVICES: readonly Outcome[] = [...USEFUL_OUTCOMES, 'device_fault'];
const ABOUT_DEVICES: readonly Condition[] = ['device', 'data'];

export function isUsefulOutcome(outcome: Outcome, condition: Condition): boolean {
  return (ABOUT_DEVICES.includes(condition) ? USEFUL_FOR_DEVICES : USEFUL_OUTCOMES).includes(outcome);
}
