import { hygon } from './hygon.ts'
import { kunlunxin } from './kunlunxin.ts'
import { lookAlike } from './lookAlike.ts'
import { metax } from './metax.ts'

export { hygon, kunlunxin, metax }

/** Intel Gaudi, through hl-smi. Its names are those of the boards: HL-225 is Gaudi 2, HL-325L Gaudi 3. */
export const habana = lookAlike({ vendor: 'habana', tool: 'hl-smi', plainName: 'Gaudi', kind: 'npu', pciVendor: '1da3', places: ['/usr/bin', '/opt/habanalabs/bin'] })

/** Moore Threads, through mthreads-gmi. */
export const moorethreads = lookAlike({ vendor: 'moorethreads', tool: 'mthreads-gmi', plainName: 'Moore Threads GPU', kind: 'gpu', pciVendor: '1ed5', places: ['/usr/bin', '/usr/local/musa/bin'] })

/** Iluvatar CoreX, through ixsmi. */
export const iluvatar = lookAlike({ vendor: 'iluvatar', tool: 'ixsmi', plainName: 'Iluvatar GPU', kind: 'gpu', pciVendor: '1e3e', places: ['/usr/local/corex/bin'] })
