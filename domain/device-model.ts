// What a device's model tells about its readings: cadence, scale, error values, slots. Data, not code: the registry may hold more.
// Promise: the catalogue states nothing that clinical.md doesn't; what could not be verified says so.

export const DEVICE_KINDS = ['cgm', 'glucometer', 'bp_monitor', 'gateway'] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

export interface DeviceModel {
  /** Stable key, e.g. `dexcom-g6`; what `model` of `POST /devices` names. */
  readonly modelId: string;
  readonly kind: DeviceKind;
  readonly name: string;
  /** Nominal minutes between readings. Only CGM models have one; never inferred from readings (clinical.md §3.1). */
  readonly cadenceMin?: number | undefined;
  /** The sensor's scale, both ends included: below is LOW, above is HIGH (clinical.md §1.4). */
  readonly scaleLowMgPerDl?: number | undefined;
  readonly scaleHighMgPerDl?: number | undefined;
  /** A numeric value below this is a fault of the sensor, not glucose (clinical.md §1.4). */
  readonly errorBelowMgPerDl?: number | undefined;
  /** How long a sensor lives, days; absent where not known. */
  readonly sensorLifeDays?: number | undefined;
  /** Names of the user slots of a shared monitor, e.g. `A`, `B`. */
  readonly slots: readonly string[];
  readonly source: string;
  /** What of the above was not seen in a maker's own text. */
  readonly unverified: readonly string[];
}

/** Minutes between readings of a CGM without a model (clinical.md §3.1). */
export const DEFAULT_CADENCE_MIN = 5;

export const DEFAULT_DEVICE_MODELS: readonly DeviceModel[] = [
  {
    modelId: 'generic-cgm',
    kind: 'cgm',
    name: 'CGM, model unknown',
    cadenceMin: DEFAULT_CADENCE_MIN,
    slots: [],
    source: 'clinical.md §3.1: without a model 5 min',
    unverified: ['cadenceMin'],
  },
  {
    modelId: 'dexcom',
    kind: 'cgm',
    name: 'Dexcom (G4 and later)',
    cadenceMin: 5,
    scaleLowMgPerDl: 40,
    scaleHighMgPerDl: 400,
    errorBelowMgPerDl: 39,
    slots: [],
    source: 'clinical.md §1.4: scale from the maker’s manual, values below 39 as read by Nightscout',
    unverified: [],
  },
  {
    modelId: 'libre',
    kind: 'cgm',
    name: 'FreeStyle Libre',
    cadenceMin: 15,
    scaleLowMgPerDl: 40,
    scaleHighMgPerDl: 500,
    slots: [],
    source: 'clinical.md §1.4: LO and HI from the maker’s manual; §3.1: 15-minute devices',
    unverified: [
      'scaleLowMgPerDl',
      'scaleHighMgPerDl',
      'cadenceMin: of the stored log; a streaming sensor needs its own model',
    ],
  },
  {
    modelId: 'generic-glucometer',
    kind: 'glucometer',
    name: 'Blood glucose meter, model unknown',
    slots: [],
    source: 'clinical.md §4.1: the limits of LO and HI differ from meter to meter, so the codes are kept',
    unverified: [],
  },
  {
    modelId: 'generic-bp-monitor',
    kind: 'bp_monitor',
    name: 'Upper-arm blood-pressure monitor, model unknown',
    slots: ['A', 'B'],
    source: 'clinical.md §5.1: validated upper-arm device',
    unverified: ['slots'],
  },
];

/** What one LOW or HIGH code counts as, mg/dL: just below 40, or just above the scale's upper end (clinical.md §1.4). */
export function countedBoundMgPerDl(code: 'LOW' | 'HIGH', model?: Pick<DeviceModel, 'scaleHighMgPerDl'>): number {
  return code === 'LOW' ? LOW_COUNTS_AS_MG_PER_DL : (model?.scaleHighMgPerDl ?? DEFAULT_SCALE_HIGH_MG_PER_DL) + 1;
}

const LOW_COUNTS_AS_MG_PER_DL = 39;
const DEFAULT_SCALE_HIGH_MG_PER_DL = 400;
