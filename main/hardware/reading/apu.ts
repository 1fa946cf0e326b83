/*
 * A GPU built into an AMD processor: it uses a carve-out of the machine's memory as VRAM and any more of it through GTT. That
 * GTT is larger than the VRAM is no sign of one, since the driver offers half of the RAM to cards too.
 */

/** Instruction sets that only APUs have. */
const APU_TARGETS = new Set(['gfx902', 'gfx909', 'gfx90c', 'gfx1013', 'gfx1033', 'gfx1035', 'gfx1036', 'gfx1037', 'gfx1103', 'gfx1150', 'gfx1151', 'gfx1152', 'gfx1153'])

/** PCI ids, for systems without KFD: Raven to Strix Halo, Van Gogh, Raphael, MI300A. */
const APU_IDS = new Set([
  '15dd', '15d8', '1636', '164c', '1638', '15e7', '163f', '1435', '1681', '164d', '1506', '164e', '13c0', '15bf', '15c8', '1900', '1901', '150e', '1586', '1114',
  '9874', '98e4', '13fe', '143f', '74a0'
])

/** Those whose memory bandwidth and software make them worth a run: RDNA 3 and later, and MI300A. */
const UNIFIED_TARGETS = new Set(['gfx1103', 'gfx1150', 'gfx1151', 'gfx1152', 'gfx1153'])
const UNIFIED_IDS = new Set(['15bf', '15c8', '1900', '1901', '150e', '1586', '1114', '74a0'])

export const isApu = (deviceId: string | null, gfx: string | null): boolean =>
  (gfx !== null && APU_TARGETS.has(gfx)) || (deviceId !== null && APU_IDS.has(deviceId))

export const apuKind = (deviceId: string | null, gfx: string | null): 'unified' | 'integrated' =>
  (gfx !== null && UNIFIED_TARGETS.has(gfx)) || (deviceId !== null && UNIFIED_IDS.has(deviceId)) ? 'unified' : 'integrated'

/** MI300A's HBM is the machine's only memory: its VRAM and its GTT are the same bytes. */
export const isOnePool = (deviceId: string | null): boolean => deviceId === '74a0'
