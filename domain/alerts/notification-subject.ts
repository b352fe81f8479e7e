// What a notification is about that is about no single alert: a part for each kind, filled by whoever plans it. Ids and instants, never
// who somebody is.

/** `repeat_request`: a measurement is wanted again before anybody is paged (corroboration). */
export interface RepeatSubject {
  readonly patientKey: number;
  readonly ruleId: string;
  /** Until when it is wanted, epoch ms. */
  readonly deadlineAt: number;
}

/** `verification`: by a code somebody shows that a contact they entered for themselves is theirs. */
export interface VerificationSubject {
  readonly contactId: string;
  /** Sealed (vault), base64: it stands nowhere in clear but in the message. */
  readonly sealedCode: string;
  readonly keyId: string;
  /** Epoch ms; after that it isn't sent any more. */
  readonly expiresAt: number;
}

/** `handover`: what the team has open as somebody comes on duty; counts alone. */
export interface HandoverSubject {
  /** Epoch ms. */
  readonly shiftAt: number;
  /** Not closed. */
  readonly alerts: number;
  readonly urgent: number;
  /** Urgent ones that fire and that nobody has taken over. */
  readonly unowned: number;
  /** Within the shift that begins. */
  readonly snoozesEnding: number;
  /** Patients with something urgent that has cleared unreviewed, or within a day. */
  readonly watch: number;
}

/** `incident`: something is wrong with a team's devices (storage/alerts/team-incidents.ts). */
export interface IncidentSubject {
  readonly incidentId: string;
  /** Devices, as it began. */
  readonly silent: number;
}

export interface NotificationSubject {
  readonly repeat?: RepeatSubject | undefined;
  readonly handover?: HandoverSubject | undefined;
  readonly incident?: IncidentSubject | undefined;
  readonly verification?: VerificationSubject | undefined;
}
