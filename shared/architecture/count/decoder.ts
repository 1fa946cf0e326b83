import type { Architecture } from '../architecture.ts'
import { layerRuns, type LayerRun } from '../layerRuns.ts'
import { attention } from './attention.ts'
import { denseMlp, expertLayer, idleExperts } from './feedForward.ts'
import { linearMixer } from './linearMixer.ts'
import { parts, type ParameterParts } from './parts.ts'

/** A decoder-only model: embedding, layers by kind, final norm, head, and what else it carries. */
export function decoder (a: Architecture): ParameterParts {
  const runs = layerRuns(a)
  const overRuns = (perLayer: (run: LayerRun) => number) => runs.reduce((sum, run) => sum + run.count * perLayer(run), 0)
  const embedding = a.vocabSize * (a.embeddingSize ?? a.hiddenSize)
  const hasOwnHead = !a.tiedEmbeddings && (a.lmHead ?? true)
  const streams = a.hyperConnections ?? 0
  const outerNorms = (a.finalNorm ?? true ? 1 : 0) + (a.embeddingNorm ? 1 : 0)
  return parts({
    embedding,
    lmHead: (hasOwnHead ? embedding : 0) + (a.lmHeadBias ? a.vocabSize : 0),
    positions: (a.learnedPositionEmbeddings ?? 0) * a.hiddenSize,
    attention: overRuns((run) => hasAttention(run) ? attention(run.shape) : 0),
    linearMixers: overRuns((run) => hasLinearMixer(run) && run.shape.linear ? linearMixer(a.hiddenSize, run.shape.linear) : 0),
    mlp: overRuns((run) => run.ffn === 'mlp' ? denseMlp(run.shape) : 0),
    experts: overRuns((run) => run.ffn === 'moe' && run.shape.moe ? expertLayer(run.shape, run.shape.moe) : 0),
    norms: overRuns(({ shape }) => shape.normsPerLayer * norm(shape)) + outerNorms * norm(a),
    vision: a.vision?.parameters ?? 0,
    other: overRuns(({ shape }) => (shape.extraPerLayer ?? 0) + 2 * hyperConnection(a.hiddenSize, streams)) + hyperHead(a.hiddenSize, streams) +
      (a.extraParameters ?? []).reduce((sum, extra) => sum + extra.parameters, 0)
  })
}

/** Parameters that a token does not pass through, over all layers. */
export function idle (a: Architecture): number {
  return layerRuns(a).reduce((sum, { count, ffn, shape }) => sum + (ffn === 'moe' && shape.moe ? count * idleExperts(shape, shape.moe) : 0), 0)
}

/** Whether a size that the count needs is missing. */
export function isIncomplete (a: Architecture): boolean {
  return layerRuns(a).some((run) => (hasLinearMixer(run) && !run.shape.linear) ||
    (run.ffn === 'moe' && run.shape.moe?.sharedExperts?.intermediateSize === null))
}

const hasAttention = ({ mixer }: LayerRun) => mixer === 'attention' || mixer === 'parallel-attention-mamba2'
const hasLinearMixer = ({ mixer }: LayerRun) => mixer !== 'attention' && mixer !== 'none'

function norm (a: Architecture): number {
  if (a.normAffine === false) return 0
  return a.normType === 'layernorm' && (a.normBias ?? true) ? 2 * a.hiddenSize : a.hiddenSize
}

/** Two per layer: n streams are mixed by (2 + n)·n values predicted from all of them, each with a bias, and 3 scales. */
function hyperConnection (hiddenSize: number, streams: number): number {
  return streams === 0 ? 0 : (2 + streams) * streams * (streams * hiddenSize + 1) + 3
}

/** Merges the streams into one before the head. */
function hyperHead (hiddenSize: number, streams: number): number {
  return streams === 0 ? 0 : streams * streams * hiddenSize + streams + 1
}
