import { defaultMethod, type Method, type Plan } from '#shared/plan/index.ts'
import { classOf, phaseKey, type Reading } from './row.ts'

/* Golden rows (memory-fixtures.json): dims and short setting names, traced from Hugging Face code without optimizer or with it. */

interface GoldenRow {
  arch: string
  layers: number
  dims: { h: number, f: number, nh: number, nkv: number, d: number, V: number, tie: boolean, qkv_bias: boolean, qk_norm: boolean }
  settings: {
    b: number, s: number, gc?: boolean, reentrant?: boolean, wdtype?: string, amp?: boolean, conv_fp32?: boolean, mode?: string, r?: number
    targets?: string[], adapter_dtype?: 'fp32' | 'bf16', dropout?: number, attn?: string, sdpa?: string, mask?: boolean, optim?: string
    opt_fused?: boolean, ga?: number, hold_outputs?: boolean
  }
  phase_peak_bytes: Record<string, number>
  peak_bytes: number
}

export const isGolden = (row: object): row is GoldenRow => 'dims' in row && 'phase_peak_bytes' in row

export function readGolden (row: GoldenRow, index: number): Reading {
  const { dims, settings: s } = row
  const id = `golden-${index + 1}-${row.arch}-L${row.layers}`
  if (s.optim && s.optim !== 'adamw') return { id, reason: `optimizer ${s.optim}` }
  const plan: Plan = {
    type: 'headroom/plan',
    version: 1,
    model: {
      architecture: {
        name: row.arch, hiddenSize: dims.h, intermediateSize: dims.f, layers: row.layers, heads: dims.nh, kvHeads: dims.nkv, headDim: dims.d,
        vocabSize: dims.V, tiedEmbeddings: dims.tie, attentionBias: dims.qkv_bias ? 'qkv' : 'none', qkNorm: dims.qk_norm ? 'head' : null
      }
    },
    algorithm: 'sft',
    method: methodOf(s),
    precision: { weights: s.wdtype === 'fp32' ? 'fp32' : 'bf16', autocast: s.amp ? 'bf16' : 'none', outputsToFp32: s.conv_fp32 ?? false },
    optimizer: { kind: s.optim ? 'adamw' : 'none', implementation: s.opt_fused === false ? 'foreach' : 'fused' },
    data: { microBatch: s.b, sequenceLength: s.s, gradientAccumulation: s.ga ?? 1, padding: s.mask ?? false },
    runtime: {
      attention: s.attn === 'eager' ? 'eager' : s.sdpa === 'math' ? 'math' : s.sdpa === 'efficient' || s.mask ? 'efficient' : 'flash',
      checkpointing: s.gc ? s.reentrant ? 'reentrant' : 'non-reentrant' : 'none',
      loss: 'hugging-face',
      fusedKernels: [],
      keepsLogits: s.hold_outputs ?? false
    }
  }
  return { id, rowClass: classOf(plan, dims.tie), plan, phases: phasesOf(row.phase_peak_bytes), peak: row.peak_bytes }
}

function methodOf (s: GoldenRow['settings']): Method {
  if (s.mode !== 'lora' && s.mode !== 'qlora') return { kind: 'full' }
  return { ...defaultMethod(s.mode), rank: s.r ?? 8, dropout: s.dropout ?? 0, targets: s.targets ?? [], adapterType: s.adapter_dtype ?? 'fp32' } as Method
}

const KINDS: Readonly<Record<string, string>> = { fwd: 'forward', bwd: 'backward', opt: 'optimizer' }

function phasesOf (peaks: Readonly<Record<string, number>>): Map<string, number> {
  const phases = new Map<string, number>()
  for (const [name, peak] of Object.entries(peaks)) {
    const match = /^(fwd|bwd|opt)(\d+)(?:\.(\d+))?$/.exec(name)
    if (match) phases.set(phaseKey(KINDS[match[1]!]!, match[2]!, match[3] ?? 0), peak)
  }
  return phases
}
