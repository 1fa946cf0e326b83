import { amd } from './amd/index.ts'
import { apple } from './apple/index.ts'
import { ascend } from './ascend/index.ts'
import type { Probe, VendorSupport } from './evidence.ts'
import { intel } from './intel/index.ts'
import { nvidia } from './nvidia/index.ts'
import { habana, hygon, iluvatar, kunlunxin, metax, moorethreads } from './others/index.ts'
import { LSPCI } from './pciDevices.ts'
import { WINDOWS_ADAPTERS_PROBE } from './windows/index.ts'

/** Every vendor that is looked for, in the order in which devices are listed. */
export const VENDOR_SUPPORT: readonly VendorSupport[] = [nvidia, amd, intel, apple, ascend, habana, hygon, metax, moorethreads, iluvatar, kunlunxin]

/** Probes of no vendor. Listing the PCI bus reads every device's registers and would wake those that sleep. */
export const GENERAL_PROBES: readonly Probe[] = [
  { name: LSPCI, vendor: null, tool: 'lspci', args: ['-nnk', '-D'], systems: ['linux'], timeoutMs: 5000, places: { linux: ['/usr/bin', '/usr/sbin', '/sbin'] }, wakes: '*' },
  WINDOWS_ADAPTERS_PROBE
]
