import { edgeOf, GradNode, Scope, type Shape, type Tensor } from '../tape/index.ts'
import { cast, gradient, multiply, needsGrad, output, passThrough } from './elementwise.ts'
import type { Parameter } from './linear.ts'

/**
 * transformers LlamaRMSNorm.forward: fp32 copy, mean of squares, rsqrt, product, back to the input's type, times the weight.
 * `rows` is one value per normalized vector.
 */
export function rmsNorm (caller: Scope, x: Tensor, weight: Parameter, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const x32 = x.elementSize === 4 ? scope.alias(x) : cast(scope, x, 4, 'fp32 copy of the input')
  const rstd = reciprocalRms(scope, x32, rows)
  const normalized = multiply(scope, x32, rstd, 'normalized')
  scope.drop(x32, rstd)
  const narrowed = cast(scope, normalized, x.elementSize, 'normalized, input type')
  const result = multiply(scope, narrowed, weight, 'output')
  return scope.return(result, caller)
}

/**
 * rsqrt(mean(x²) + ε) of an fp32 tensor: pow keeps x, rsqrt its result. Backward of the mean expands, that of pow makes
 * three temporaries. `keepsMean`: the mean has a name and lives as long as the norm's frame. `byPower`: pow(−½) instead, which
 * keeps its input; that has the name.
 */
export function reciprocalRms (scope: Scope, x: Tensor, rows: Shape, keepsMean = true, byPower = false): Tensor {
  const { tape } = scope
  const needs = needsGrad(tape, x)
  const square = needs
    ? new GradNode(tape, [edgeOf(x)], [x.storage], () => {
      const [power, scaled, result] = Array.from({ length: 3 }, () => gradient(tape, x.shape, 4))
      for (const temporary of [power, scaled]) tape.release(temporary!)
      return [result!]
    })
    : null
  const squares = output(scope, x.shape, 4, 'squares')
  const mean = output(scope, rows, 4, 'mean of squares')
  const averaged = square ? new GradNode(tape, [square], [], () => [gradient(tape, x.shape, 4)]) : null
  scope.drop(squares)
  const raised = output(scope, rows, 4, 'mean of squares + ε')
  if (!keepsMean) scope.drop(mean)
  const rstd = output(scope, rows, 4, 'reciprocal root mean square')
  if (!byPower) scope.drop(raised)
  if (averaged) {
    rstd.requiresGrad = true
    rstd.node = new GradNode(tape, [averaged], [byPower ? raised.storage : rstd.storage], () => {
      const [cubed, scaled, result] = Array.from({ length: 3 }, () => gradient(tape, rows, 4))
      tape.release(cubed!)
      tape.release(scaled!)
      return [result!]
    })
  }
  return rstd
}

/** Liger or Unsloth RMSNorm (liger_kernel/ops/rms_norm.py): keeps the input and the rstd; backward writes dX over dY. */
export function fusedRmsNorm (scope: Scope, x: Tensor, weight: Parameter, rows: Shape): Tensor {
  const { tape } = scope
  const needs = needsGrad(tape, x, weight)
  const result = output(scope, x.shape, x.elementSize, 'output')
  const rstd = output(scope, rows, 4, 'reciprocal root mean square')
  if (needs) {
    const edges = [edgeOf(x), edgeOf(weight)]
    result.requiresGrad = true
    result.node = new GradNode(tape, edges, [x.storage, rstd.storage], (g) => [
      edges[0] ? tape.retain(g) : null,
      edges[1] ? tape.allocate(weight.shape, weight.elementSize, 'weight gradient', 'gradients') : null
    ])
  }
  scope.drop(rstd)
  return result
}

/** transformers Gemma2RMSNorm.forward: like Llama's, but multiplied by 1 + weight in fp32 before it returns to the input's type. */
export function gemmaRmsNorm (caller: Scope, x: Tensor, weight: Parameter, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const x32 = x.elementSize === 4 ? scope.alias(x) : cast(scope, x, 4, 'fp32 copy of the input')
  const rstd = reciprocalRms(scope, x32, rows, false)
  const normalized = multiply(scope, x32, rstd, 'normalized')
  scope.drop(x32, rstd)
  const wide = cast(scope, weight, 4, 'weight in fp32')
  const raised = passThrough(scope, wide, '1 + weight')
  const scaled = multiply(scope, normalized, raised, 'scaled')
  scope.drop(normalized)
  return scope.return(cast(scope, scaled, x.elementSize, 'output'), caller)
}

/** transformers Olmo2RMSNorm.forward: multiplied by the weight in fp32, then back to the input's type. */
export function olmoRmsNorm (caller: Scope, x: Tensor, weight: Parameter, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const x32 = x.elementSize === 4 ? scope.alias(x) : cast(scope, x, 4, 'fp32 copy of the input')
  const rstd = reciprocalRms(scope, x32, rows)
  const normalized = multiply(scope, x32, rstd, 'normalized')
  scope.drop(x32, rstd)
  const scaled = multiply(scope, normalized, weight, 'scaled')
  return scope.return(cast(scope, scaled, x.elementSize, 'output'), caller)
}

/** transformers Llama4TextRMSNorm.forward: like Llama's, but the fp32 product goes before the weight is applied. Without a weight it is Llama4TextL2Norm. */
export function llama4Norm (caller: Scope, x: Tensor, weight: Parameter | null, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const x32 = x.elementSize === 4 ? scope.alias(x) : cast(scope, x, 4, 'fp32 copy of the input')
  const rstd = reciprocalRms(scope, x32, rows, false)
  const normalized = multiply(scope, x32, rstd, 'normalized')
  scope.drop(x32, rstd)
  const narrowed = cast(scope, normalized, x.elementSize, 'normalized, input type')
  if (narrowed !== normalized) scope.drop(normalized)
  return scope.return(weight ? multiply(scope, narrowed, weight, 'output') : narrowed, caller)
}

/** transformers Gemma4RMSNorm.forward: the root as a power, times the weight (where it has one) in fp32. */
export function powerRmsNorm (caller: Scope, x: Tensor, weight: Parameter | null, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const inner = new Scope(caller.tape)
  const x32 = x.elementSize === 4 ? inner.alias(x) : cast(inner, x, 4, 'fp32 copy of the input')
  const normalized = inner.return(multiply(inner, x32, reciprocalRms(inner, x32, rows, false, true), 'normalized'), scope)
  let wide = normalized
  if (weight) {
    wide = multiply(scope, normalized, cast(scope, weight, 4, 'weight in fp32'), 'scaled')
    scope.drop(normalized)
  }
  return scope.return(cast(scope, wide, x.elementSize, 'output'), caller)
}

/** transformers NemotronHRMSNorm.forward: multiplied by an fp32 copy of the weight, then back to the input's type. */
export function wideRmsNorm (caller: Scope, x: Tensor, weight: Parameter, rows: Shape): Tensor {
  const scope = new Scope(caller.tape)
  const x32 = x.elementSize === 4 ? scope.alias(x) : cast(scope, x, 4, 'fp32 copy of the input')
  const rstd = reciprocalRms(scope, x32, rows)
  const normalized = multiply(scope, x32, rstd, 'normalized')
  scope.drop(x32, rstd)
  const wide = cast(scope, weight, 4, 'weight in fp32')
  const scaled = multiply(scope, wide, normalized, 'scaled')
  if (wide !== weight) scope.drop(wide)
  return scope.return(cast(scope, scaled, x.elementSize, 'output'), caller)
}
