import { Scope, type Shape, type Tensor } from '../../tape/index.ts'
import { activate } from '../activations.ts'
import { multiply, passThrough, scale, silu } from '../elementwise.ts'
import { slice, split } from '../views.ts'
import { clamp, sigmoid } from '../functional.ts'

/** Turns the joint gate and up output [rows, 2I] into [rows, I]; the result belongs to the scope. */
export type Gate = (scope: Scope, gateUp: Tensor, half: Shape) => Tensor

/** transformers integrations/moe.py _default_apply_gate: silu of one half times the other. */
export const siluGate: Gate = (caller, gateUp, half) => {
  const scope = new Scope(caller.tape)
  const [gate, up] = split(scope, gateUp, [half, half])
  return scope.return(multiply(scope, silu(scope, gate!), up!), caller)
}

/** transformers GptOssExperts._apply_gate: clamped, (up + 1) · gate · sigmoid(gate · α). */
export const clampedGate: Gate = (caller, gateUp, half) => {
  const scope = new Scope(caller.tape)
  return scope.return(clampedProduct(scope, slice(scope, gateUp, half), slice(scope, gateUp, half)), caller)
}

/** transformers MiniMaxM3VLExperts._apply_gate: the same of two halves. */
export const clampedHalvesGate: Gate = (caller, gateUp, half) => {
  const scope = new Scope(caller.tape)
  const [first, second] = split(scope, gateUp, [half, half])
  return scope.return(clampedProduct(scope, first!, second!), caller)
}

function clampedProduct (scope: Scope, first: Tensor, second: Tensor): Tensor {
  const gate = clamp(scope, first, 1)
  const up = clamp(scope, second, 2)
  scope.drop(first, second)
  const scaled = scale(scope, gate, 'gate · α')
  const open = sigmoid(scope, scaled)
  scope.drop(scaled)
  const glu = multiply(scope, gate, open, 'glu')
  scope.drop(open)
  return multiply(scope, passThrough(scope, up, 'up + 1'), glu, 'gated output')
}

/** The same with GELU (Gemma 4). */
export const geluGate: Gate = (caller, gateUp, half) => {
  const scope = new Scope(caller.tape)
  const [gate, up] = split(scope, gateUp, [half, half])
  return scope.return(multiply(scope, activate(scope, gate!, 'gelu'), up!), caller)
}

/** DeepseekV4Experts._apply_gate: both halves clamped, then silu of one times the other. */
export const clampedSiluGate: Gate = (caller, gateUp, half) => {
  const scope = new Scope(caller.tape)
  const [gate, up] = split(scope, gateUp, [half, half])
  const [open, raised] = [clamp(scope, gate!, 1), clamp(scope, up!, 2)]
  return scope.return(multiply(scope, silu(scope, open), raised), caller)
}
