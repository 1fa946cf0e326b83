import { KUNLUNXIN_BANNER, XPU_SMI_TABLE } from '../intel/probes.ts'
import { lookAlike } from './lookAlike.ts'

/** Kunlunxin, through xpu_smi. Intel's tool has the name of its newer spelling. */
export const kunlunxin = lookAlike({
  vendor: 'kunlunxin',
  tool: 'xpu_smi',
  plainName: 'Kunlunxin XPU',
  kind: 'npu',
  pciVendor: '1d22',
  places: ['/usr/local/xpu/bin'],
  sharedRuns: [{ run: XPU_SMI_TABLE, banner: KUNLUNXIN_BANNER }]
})
