import type { VendorSupport } from '../evidence.ts'
import { DRM_FILES } from './drm.ts'
import { KFD_FILES } from './kfd.ts'
import { AMDGPU_IDS_FILES } from './names.ts'
import { AMD_PROBES } from './probes.ts'
import { readAmd } from './read.ts'

export { AMD_LIVE_FILES, sampleOf } from './sample.ts'

/** AMD: sysfs and KFD of the kernel, amd-smi, rocm-smi; under Windows the system's list of adapters. */
export const amd: VendorSupport = {
  vendor: 'amd',
  probes: AMD_PROBES,
  files: [...DRM_FILES, ...KFD_FILES, ...AMDGPU_IDS_FILES],
  variables: ['HIP_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES'],
  read: readAmd
}
