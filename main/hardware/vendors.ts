import type { Probe, VendorSupport } from './evidence.ts'
import { nvidia } from './nvidia/index.ts'
import { LSPCI } from './pciDevices.ts'

/** Every vendor that is looked for, in the order in which devices are listed. */
export const VENDOR_SUPPORT: readonly VendorSupport[] = [nvidia]

/** Probes of no vendor. Listing the PCI bus reads every device's registers and would wake those that sleep. */
export const GENERAL_PROBES: readonly Probe[] = [
  { name: LSPCI, vendor: null, tool: 'lspci', args: ['-nnk', '-D'], systems: ['linux'], timeoutMs: 5000, places: { linux: ['/usr/bin', '/usr/sbin', '/sbin'] }, wakes: '*' }
]
