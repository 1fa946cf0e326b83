import { LIMITS, type Plan } from '#shared/plan/index.ts'
import { setAt } from '../../stores/immutable.ts'
import { linear, log2, type Field, type Option } from './field.ts'

const rollout = ({ reinforcement }: Plan) => reinforcement?.rollout
const generates = (plan: Plan) => rollout(plan) !== undefined
/** vLLM or SGLang on this GPU. */
const isBeside = (plan: Plan) => generates(plan) && rollout(plan)!.engine !== 'hugging-face' && rollout(plan)!.place !== 'elsewhere'
const usesGenerate = (plan: Plan) => generates(plan) && rollout(plan)!.engine === 'hugging-face' && rollout(plan)!.place !== 'elsewhere'
const isHere = (plan: Plan) => generates(plan) && rollout(plan)!.place !== 'elsewhere'

const TYPES: readonly Option[] = [{ value: 'bf16', label: 'option.bf16' }, { value: 'fp16', label: 'option.fp16' }, { value: 'fp32', label: 'option.fp32' }, { value: 'fp8', label: () => 'fp8' }]
const asNumbers = (values: readonly number[]): Option[] => values.map((value) => ({ value: String(value), label: () => String(value) }))
const engine = { section: 'models', role: 'rollout' } as const

export const ENGINE_FIELDS: readonly Field[] = [
  {
    ...engine, kind: 'choice', look: 'segments', path: 'reinforcement.rollout.engine', label: 'rlhf.field.engine', help: 'rlhf.help.engine', shown: generates,
    options: [{ value: 'hugging-face', label: () => 'generate()' }, { value: 'vllm', label: () => 'vLLM' }, { value: 'sglang', label: () => 'SGLang' }],
    // generate() has no process of its own.
    write: (plan, value) => setAt(value === 'hugging-face' && rollout(plan)!.place === 'process' ? setAt(plan, 'reinforcement.rollout.place', 'trainer') : plan, 'reinforcement.rollout.engine', value)
  },
  {
    ...engine, kind: 'choice', look: 'menu', path: 'reinforcement.rollout.place', label: 'rlhf.field.place', help: 'rlhf.help.enginePlace', shown: generates,
    options: (plan) => [
      { value: 'trainer', label: 'rlhf.option.inTrainer' },
      ...rollout(plan)?.engine !== 'hugging-face' || rollout(plan)?.place === 'process' ? [{ value: 'process', label: 'rlhf.option.ownProcess' } as const] : [],
      { value: 'elsewhere', label: 'rlhf.option.elsewhere' }
    ]
  },
  { ...engine, kind: 'number', path: 'reinforcement.rollout.share', label: 'rlhf.field.share', help: 'rlhf.help.share', shown: isBeside, scale: linear([0.1, 0.95], [0.01, 1], 0.05) },
  {
    ...engine, kind: 'choice', look: 'menu', path: 'reinforcement.rollout.sleep', label: 'rlhf.field.sleep', help: 'rlhf.help.sleep', shown: isBeside,
    options: [{ value: 'none', label: 'rlhf.option.staysAwake' }, { value: 'weights-on-host', label: 'rlhf.option.sleepOne' }, { value: 'discarded', label: 'rlhf.option.sleepTwo' }]
  },
  { ...engine, kind: 'choice', look: 'segments', path: 'reinforcement.rollout.weights', label: 'field.weights', help: 'rlhf.help.engineWeights', shown: isBeside, options: TYPES },
  { ...engine, kind: 'choice', look: 'segments', path: 'reinforcement.rollout.cache', label: 'rlhf.field.cache', help: 'rlhf.help.cache', shown: isHere, options: TYPES },
  {
    ...engine, kind: 'choice', look: 'segments', path: 'reinforcement.rollout.cacheKind', label: 'rlhf.field.cacheKind', help: 'rlhf.help.cacheKind', shown: usesGenerate,
    options: [{ value: 'dynamic', label: 'rlhf.option.dynamic' }, { value: 'static', label: 'rlhf.option.static' }]
  },
  {
    ...engine, kind: 'choice', look: 'menu', path: 'reinforcement.offloadWhileGenerating', label: 'rlhf.field.offload', help: 'rlhf.help.offload', shown: generates,
    options: [{ value: 'none', label: 'rlhf.option.nothingOffloaded' }, { value: 'optimizer', label: 'rlhf.option.statesOffloaded' }, { value: 'optimizer-and-weights', label: 'rlhf.option.allOffloaded' }]
  },
  {
    ...engine, kind: 'open-number', path: 'reinforcement.rollout.concurrent', label: 'rlhf.field.concurrent', help: 'rlhf.help.concurrent', advanced: true, shown: isHere,
    scale: log2([1, 1024], LIMITS.generationBatch), open: undefined, start: (plan) => plan.reinforcement?.generationBatch ?? 8
  },
  {
    ...engine, kind: 'open-number', path: 'reinforcement.rollout.maxModelLength', label: 'rlhf.field.maxModelLength', help: 'rlhf.help.maxModelLength', advanced: true, shown: isBeside, unit: 'unit.tokens',
    scale: log2([512, 131_072], LIMITS.sequenceLength), open: undefined, start: ({ reinforcement }) => (reinforcement?.promptLength ?? 0) + (reinforcement?.completionLength ?? 1)
  },
  { ...engine, kind: 'flag', path: 'reinforcement.rollout.cudaGraphs', label: 'rlhf.field.cudaGraphs', help: 'rlhf.help.cudaGraphs', advanced: true, shown: isBeside },
  {
    ...engine, kind: 'choice', look: 'segments', path: 'reinforcement.rollout.tensorParallel', label: 'rlhf.field.tensorParallel', help: 'rlhf.help.tensorParallel', advanced: true, numeric: true,
    shown: isBeside, options: asNumbers([1, 2, 4, 8, 16])
  },
  {
    ...engine, kind: 'choice', look: 'segments', path: 'reinforcement.rollout.blockSize', label: 'rlhf.field.blockSize', help: 'rlhf.help.blockSize', advanced: true, numeric: true, absent: '16',
    shown: isBeside, options: asNumbers([1, 8, 16, 32, 64, 128])
  }
]
