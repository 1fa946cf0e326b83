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
  const parts = [slice(scope, gateUp, half), slice(scope, gateUp, half)] as const
  const gate = clamp(scope, parts[0], 1)
  const up = clamp(scope, parts[1], 2)
  const scaled = scale(scope, gate, 'gate · α')
  const open = sigmoid(scope, scaled)
  scope.drop(scaled)
  const glu = multiply(scope, gate, open, 'glu')
  scope.drop(open)
  const raised = passThrough(scope, up, 'up + 1')
  return scope.return(multiply(scope, raised, glu, 'gated output'), caller)
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
