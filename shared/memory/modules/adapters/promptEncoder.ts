import type { Dimension } from '../../result.ts'
import { dimension, GradNode, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { activate } from '../activations.ts'
import type { ModelBuilder } from '../builder.ts'
import { needsGrad, output, tanh } from '../elementwise.ts'
import { linear, type Parameter } from '../linear.ts'

/** PEFT keeps prompt encoders in fp32 (torch.nn.Embedding and Linear as they are made). */
const ENCODER_SIZE = 4

/** Trained vectors for virtual tokens: a table, and the layers after it. */
export interface PromptEncoder {
  /** [b, nv, …] in fp32, or in autocast's type after layers. */
  encode (scope: Scope): Tensor
}

export interface EncoderSettings {
  readonly virtualTokens: number
  /** Width of the table where layers follow. */
  readonly tokenWidth: number
  /** Width of what comes out. */
  readonly width: number
  /** Rows of the batch that it is run for. */
  readonly rows: Dimension
  readonly hidden: { readonly size: number, readonly kind: 'p-tuning' | 'prefix' } | null
}

/**
 * peft/tuners/{prompt_tuning,p_tuning,prefix_tuning}/model.py: an embedding; for p-tuning an MLP of three layers with ReLU, for
 * a projected prefix one of two with tanh. */
export function promptEncoder (builder: ModelBuilder, { virtualTokens, tokenWidth, width, rows, hidden }: EncoderSettings): PromptEncoder {
  const tokens = dimension('nv', virtualTokens)
  const out = dimension('width', width)
  const parameter = (role: string, extent: Shape): Parameter => builder.parameter('prompt_encoder', role, extent, ENCODER_SIZE, true, 'adapters')
  const into = hidden ? dimension('token width', tokenWidth) : out
  const table = parameter('virtual token table', shape(tokens, into))
  if (!hidden) return { encode: (scope) => lookup(scope, rows, table, tokens) }
  const e = dimension('e', hidden.size)
  const widths = hidden.kind === 'p-tuning' ? [into, e, e, out] : [into, e, out]
  const layers = widths.slice(1).map((to, i) => ({
    weight: parameter(`encoder weight ${i}`, shape(to, widths[i]!)),
    bias: parameter(`encoder bias ${i}`, shape(to)),
    extent: shape(rows, tokens, to)
  }))
  return {
    encode (caller) {
      const scope = new Scope(caller.tape)
      const embedded = lookup(scope, rows, table, tokens)
      let x = embedded
      layers.forEach(({ weight, bias, extent }, i) => {
        const then = (next: Tensor): void => {
          if (x !== embedded) scope.drop(x)
          x = next
        }
        then(linear(scope, x, weight, extent, bias))
        if (i < layers.length - 1) then(hidden.kind === 'p-tuning' ? activate(scope, x, 'relu') : tanh(scope, x))
      })
      return scope.return(x, caller)
    }
  }
}

/** nn.Embedding over the virtual tokens: keeps their numbers; backward makes a gradient of the whole table. */
function lookup (scope: Scope, rows: Dimension, table: Parameter, tokens: Dimension): Tensor {
  const { tape } = scope
  tape.module = 'prompt_encoder'
  const indices = output(scope, shape(rows, tokens), 8, 'virtual token numbers')
  const node = needsGrad(tape, table)
    ? new GradNode(tape, [table.leaf], [indices.storage], () => [tape.allocate(table.shape, table.elementSize, 'weight gradient', 'gradients')])
    : null
  const result = output(scope, shape(rows, tokens, table.shape.dimensions[1]!), table.elementSize, 'virtual tokens', node)
  scope.drop(indices)
  return result
}
