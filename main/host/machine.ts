/** Hardware for entries that need no dispatcher and no library: this machine's, and what pasted output shows. */
export { detectHardware } from '#main/hardware/index.ts'
export { detectionFromText } from '#main/hardware/pasted.ts'
export { createEvents } from './events.ts'
export { createHardware, type Hardware } from './hardware.ts'
