/** The hardware of this machine, for entries that need no dispatcher and no library. */
export { detectHardware } from '#main/hardware/index.ts'
