// Who is to be on call, as a team plans it: shifts in layers, swaps, leave and overrides, all in the wall clock of one zone.
// Local times are `YYYY-MM-DDTHH:MM`; each span is half-open: `from` included, `to` excluded.

/** A day of work or not by the PRC's public holidays and make-up workdays; a shift counts to the day it begins on. */
export type ShiftDays = 'every' | 'workdays' | 'holidays';

export interface LocalSpan {
  readonly from: string;
  readonly to: string;
}

export interface Shift extends LocalSpan {
  readonly name?: string | undefined;
  /** In the order in which they are called. */
  readonly memberIds: readonly string[];
  /** RFC 5545 with `from` as DTSTART, e.g. `FREQ=WEEKLY;BYDAY=MO,WE`; absent: once. `from` itself counts only where the rule says so. */
  readonly rrule?: string | undefined;
  /** A higher layer covers the lower ones for as long as somebody in it is on duty; absent: 0. */
  readonly layer?: number | undefined;
  /** Absent: every day. */
  readonly on?: ShiftDays | undefined;
}

/** In each of the windows the two take each other's duties, so that no hour is lost or done twice. */
export interface Swap {
  readonly memberIds: readonly string[];
  readonly windows: readonly LocalSpan[];
  readonly reason?: string | undefined;
}

/** Absent from duty, after swaps. Who covers takes the place; without cover the shift goes on without the member. */
export interface Leave extends LocalSpan {
  readonly memberId: string;
  readonly coveredBy?: readonly string[] | undefined;
  readonly reason?: string | undefined;
}

/** Exactly these are on call, whatever shifts, swaps and leave say; of two at once the later in the list. */
export interface Override extends LocalSpan {
  readonly memberIds: readonly string[];
  readonly reason?: string | undefined;
}

export interface OnCallPlan {
  readonly shifts: readonly Shift[];
  readonly overrides?: readonly Override[] | undefined;
  readonly swaps?: readonly Swap[] | undefined;
  readonly leave?: readonly Leave[] | undefined;
}

export interface OnCallSchedule extends OnCallPlan {
  /** IANA. */
  readonly timeZone: string;
}

/** Why a member is on call. Numbers are places in the schedule's own lists. */
export interface OnCallMember {
  readonly memberId: string;
  readonly override?: number | undefined;
  readonly shift?: number | undefined;
  readonly layer?: number | undefined;
  /** Whose duty it was before the swap. */
  readonly swap?: { readonly swap: number; readonly insteadOf: string } | undefined;
  /** Whose duty it was before the leave, and by whose words it came here: the first leave first. */
  readonly leave?: { readonly leaves: readonly number[]; readonly insteadOf: string } | undefined;
}

/** `no_shift`: nothing is planned · `all_on_leave`: what is planned is for members who are away, and nobody covers. */
export type GapCause = 'no_shift' | 'all_on_leave';

export interface OnCall {
  /** In the order in which they are called, each once; empty: a gap. */
  readonly members: readonly OnCallMember[];
  /** Only where nobody is on call. */
  readonly gap?: GapCause | undefined;
}

export interface OnCallInterval extends OnCall {
  /** Epoch ms, included. */
  readonly from: number;
  /** Epoch ms, excluded. */
  readonly to: number;
}
