import type { Architecture } from '../../../../architecture/architecture.ts'
import type { Mamba1, Mamba2 } from '../../../../architecture/linearMixer.ts'
import { Mamba1Layer, type Mamba1Habits } from '../../mixers/mamba1.ts'
import { Mamba2Layer, type Mamba2Habits } from '../../mixers/mamba2.ts'
import type { LinearLayer, MixerSpec } from './spec.ts'

/** [out, in] of the first projection of a Mamba-2 layer. */
export const mamba2Projection = ({ hiddenSize: h, linear }: Architecture): LinearLayer => {
  const { innerSize, groups, stateSize, heads } = linear as Mamba2
  return ['in_proj', [2 * innerSize + 2 * groups * stateSize + heads, h]]
}

/** A Mamba-2 layer among others. */
export const mamba2Mixer = (a: Architecture, habits: Mamba2Habits): MixerSpec => ({
  make: (builder) => new Mamba2Layer(builder, a.linear as Mamba2, habits),
  linearLayers: [mamba2Projection(a), ['out_proj', [a.hiddenSize, (a.linear as Mamba2).innerSize]]]
})

/** A Mamba layer among others; dt_proj is used by its weight alone, so an adapter on it does nothing. */
export const mamba1Mixer = (a: Architecture, habits: Mamba1Habits): MixerSpec => {
  const { innerSize, dtRank, stateSize } = a.linear as Mamba1
  return {
    make: (builder) => new Mamba1Layer(builder, a.linear as Mamba1, habits),
    linearLayers: [['in_proj', [2 * innerSize, a.hiddenSize]], ['x_proj', [dtRank + 2 * stateSize, innerSize]], ['out_proj', [a.hiddenSize, innerSize]]]
  }
}
