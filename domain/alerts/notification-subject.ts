// What a notification is about that is about no single alert: a part for each kind, filled by whoever plans it. Ids and instants, never
// who somebody is.

/** `repeat_request`: a measurement is wanted again before anybody is paged (corroboration). */
export interface RepeatSubject {
  readonly patientKey: number;
  readonly ruleId: string;
  /** Until when it is wanted, epoch ms. */
  readonly deadlineAt: number;
}

export interface NotificationSubject {
  readonly repeat?: RepeatSubject | undefined;
}
