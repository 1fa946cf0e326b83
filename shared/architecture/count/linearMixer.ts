import type { GatedDeltaNet, KimiDeltaAttention, LightningAttention, LinearMixer, Mamba1, Mamba2 } from '../linearMixer.ts'

/** Parameters of one layer's linear mixer (transformers' modeling files of the families named in linearMixer.ts). */
export function linearMixer (hiddenSize: number, mixer: LinearMixer): number {
  switch (mixer.type) {
    case 'gated-deltanet': return gatedDeltaNet(hiddenSize, mixer)
    case 'mamba1': return mamba1(hiddenSize, mixer)
    case 'mamba2': return mamba2(hiddenSize, mixer)
    case 'short-conv': return 4 * hiddenSize * hiddenSize + hiddenSize * (mixer.convKernel + (mixer.bias ? 5 : 0))
    case 'lightning': return lightning(hiddenSize, mixer)
    case 'kda': return kimiDelta(hiddenSize, mixer)
  }
}

function gatedDeltaNet (hiddenSize: number, m: GatedDeltaNet): number {
  const keyWidth = m.keyHeads * m.keyHeadDim
  const valueWidth = m.valueHeads * m.valueHeadDim
  const qkvz = hiddenSize * (2 * keyWidth + 2 * valueWidth)
  const ba = hiddenSize * 2 * m.valueHeads
  const conv = (2 * keyWidth + valueWidth) * m.convKernel
  const decay = 2 * m.valueHeads
  return qkvz + ba + conv + decay + m.valueHeadDim + valueWidth * hiddenSize
}

function mamba1 (hiddenSize: number, m: Mamba1): number {
  const d = m.innerSize
  const into = hiddenSize * 2 * d
  const conv = d * m.convKernel + (m.convBias ?? true ? d : 0)
  const biases = m.bias ? 2 * d + hiddenSize : 0
  const selection = d * (m.dtRank + 2 * m.stateSize) + m.dtRank * d + d
  const decayAndSkip = d * m.stateSize + d
  const norms = m.dtBcNorms ? m.dtRank + 2 * m.stateSize : 0
  return into + conv + biases + selection + decayAndSkip + norms + d * hiddenSize
}

function mamba2 (hiddenSize: number, m: Mamba2): number {
  const convWidth = m.innerSize + 2 * m.groups * m.stateSize
  const width = m.innerSize + convWidth + m.heads
  const into = hiddenSize * width + (m.bias ? width : 0)
  const conv = convWidth * (m.convKernel + (m.convBias ?? true ? 1 : 0))
  const decaySkipAndStep = 3 * m.heads
  const norm = m.gateNorm ?? true ? m.innerSize : 0
  return into + conv + decaySkipAndStep + norm + m.innerSize * hiddenSize + (m.outBias ?? m.bias ? hiddenSize : 0)
}

/** q, k, v, the output gate and o, with a norm over the heads. */
function lightning (hiddenSize: number, m: LightningAttention): number {
  const width = m.heads * m.headDim
  return 5 * hiddenSize * width + width
}

function kimiDelta (hiddenSize: number, m: KimiDeltaAttention): number {
  const width = m.heads * m.headDim
  const lowRank = hiddenSize * m.headDim + m.headDim * width
  const qkv = 3 * hiddenSize * width + 3 * width * m.convKernel
  const decay = m.heads + lowRank + width
  const beta = hiddenSize * m.heads
  const gate = m.fullRankGate ? hiddenSize * width : lowRank
  return qkv + decay + beta + gate + m.headDim + width * hiddenSize
}
