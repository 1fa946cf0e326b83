/** What a byte is for. One vocabulary for the engine, the command line and every view; the order is the order of display. */
export const CATEGORIES = [
  'weights',
  'quantization-state',
  'adapters',
  'gradients',
  'optimizer-states',
  'master-weights',
  'activations',
  'checkpoints',
  'logits-and-loss',
  'temporaries',
  'kv-cache',
  'rollout-engine',
  'workspace',
  'context',
  'fragmentation'
] as const

export type Category = (typeof CATEGORIES)[number]
