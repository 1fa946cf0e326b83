import type { Architecture } from '../../../../architecture/architecture.ts'
import type { Mamba2 } from '../../../../architecture/linearMixer.ts'
import { Mamba2Layer } from '../../mixers/mamba2.ts'
import type { Family } from '../family.ts'
import { StateSpaceModel } from './model.ts'

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

/** Every family without attention. */
export const STATE_SPACE_FAMILIES: readonly Family[] = [mamba2Family]
