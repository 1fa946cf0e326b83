import type { Architecture } from '../architecture.ts'
import type { ConfigFields } from './fields.ts'
import { falconMamba, mamba, mamba2 } from './mamba.ts'
import { bamba, falconH1, graniteHybrid, jamba, nemotronH } from './mambaHybrids.ts'

/** Readers of the model types with Mamba layers. */
export const STATE_SPACE_READERS: Readonly<Record<string, (config: ConfigFields) => Architecture>> = {
  mamba,
  falcon_mamba: falconMamba,
  mamba2,
  granitemoehybrid: graniteHybrid,
  bamba,
  jamba,
  falcon_h1: falconH1,
  nemotron_h: nemotronH
}
