import type { Architecture } from '../architecture/index.ts'

/** The packages whose kernels transformers runs a model's mixers in where they are installed; null where none would change the memory. */
export function kernelPackages ({ linear }: Architecture): string | null {
  switch (linear?.type) {
    case 'mamba1':
    case 'mamba2': return 'mamba-ssm, causal-conv1d'
    case 'gated-deltanet':
    case 'kda': return 'flash-linear-attention, causal-conv1d'
    default: return null
  }
}
