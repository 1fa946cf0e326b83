import { XPU_SMI_TABLE } from '../intel/probes.ts'
import { lookAlike } from './lookAlike.ts'

/** Intel's tool has the same name in its newer spelling; the banner and the columns tell them apart. */
export const KUNLUNXIN_BANNER = /XPU-RT Version|\|\s*XPU\s+Name/

/** Kunlunxin, through xpu_smi. */
export const kunlunxin = lookAlike({
  vendor: 'kunlunxin',
  tool: 'xpu_smi',
  plainName: 'Kunlunxin XPU',
  kind: 'npu',
  pciVendor: '1d22',
  places: ['/usr/local/xpu/bin'],
  sharedRuns: [{ run: XPU_SMI_TABLE, banner: KUNLUNXIN_BANNER }]
})
