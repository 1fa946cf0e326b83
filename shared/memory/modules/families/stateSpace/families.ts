import type { Architecture } from '../../../../architecture/architecture.ts'
import type { Mamba1, Mamba2 } from '../../../../architecture/linearMixer.ts'
import { Mamba1Layer, type Mamba1Habits } from '../../mixers/mamba1.ts'
import { Mamba2Layer } from '../../mixers/mamba2.ts'
import type { Family } from '../family.ts'
import { MAMBA_HYBRIDS } from '../hybrid/mambas.ts'
import { falconH1Family } from './falconH1.ts'
import { StateSpaceModel } from './model.ts'
import { nemotronHFamily } from './nemotronH.ts'

const uniform = (a: Architecture): string[] => Array.from({ length: a.layers }, () => 'mixer')

/** Mamba 2 alone. peft/tuners/lora/model.py _check_lora_target_modules_mamba refuses out_proj and conv1d. */
export const mamba2Family: Family = {
  modelTypes: ['mamba2'],
  source: 'transformers models/mamba2/modeling_mamba2.py',
  linearLayers: ({ hiddenSize: h, linear }) => {
    const { innerSize, groups, stateSize, heads } = linear as Mamba2
    return new Map([['in_proj', [2 * innerSize + 2 * groups * stateSize + heads, h]]])
  },
  layerKinds: uniform,
  build: (builder, places) => {
    const mixer = builder.run.architecture.linear as Mamba2
    return new StateSpaceModel(builder, places, (b) => new Mamba2Layer(b, mixer, { gate: 'gate-first' }))
  }
}

/** The linear layers of a Mamba layer; PEFT refuses out_proj, and dt_proj is used by its weight alone. */
const mamba1Layers = ({ hiddenSize: h, linear }: Architecture): ReadonlyMap<string, readonly [number, number]> => {
  const { innerSize, dtRank, stateSize } = linear as Mamba1
  return new Map([['in_proj', [2 * innerSize, h]], ['x_proj', [dtRank + 2 * stateSize, innerSize]]])
}

const mamba1Family = (modelType: string, norms: Mamba1Habits['norms']): Family => ({
  modelTypes: [modelType],
  source: `transformers models/${modelType}/modeling_${modelType}.py`,
  linearLayers: mamba1Layers,
  layerKinds: uniform,
  build: (builder, places) => {
    const mixer = builder.run.architecture.linear as Mamba1
    return new StateSpaceModel(builder, places, (b) => new Mamba1Layer(b, mixer, { norms, offersFusion: true }))
  }
})

/** Mamba: the selective scan. */
export const mambaFamily = mamba1Family('mamba', 'none')

/** Falcon-Mamba: dt, B and C normalized without weights. */
export const falconMambaFamily = mamba1Family('falcon_mamba', 'weightless')

/** Every family with Mamba layers. */
export const STATE_SPACE_FAMILIES: readonly Family[] = [mambaFamily, falconMambaFamily, mamba2Family, nemotronHFamily, falconH1Family, ...MAMBA_HYBRIDS]
