// Which partition of the journal a message belongs to: its patient's, or its device's own while it has no patient.

/** MurmurHash3's 32-bit finaliser: keys come one after the other, their mixes don't. */
function mix(key: number): number {
  let hash = key;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** 0 … `partitions` − 1. Fixed for an installation: changing it would move patients away from their projection. */
export const partitionOfPatient = (patientKey: number, partitions: number): number => mix(patientKey) % partitions;

/** Keys of devices and patients both start at 1; the inverted key keeps device n from following patient n. */
export const partitionOfDevice = (deviceKey: number, partitions: number): number => mix(~deviceKey) % partitions;
