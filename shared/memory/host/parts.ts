import type { Locale } from '../../units/index.ts'

/** What takes host memory. */
export const HOST_PARTS = ['framework', 'model', 'tensors-in-flight', 'batches', 'workers', 'checkpoints', 'paged-states', 'offloaded-states', 'frozen-models', 'engine-weights', 'experience', 'saving'] as const
export type HostPartName = (typeof HOST_PARTS)[number]

const NAMES: Readonly<Record<HostPartName, Readonly<Record<Locale, string>>>> = {
  'framework': { en: 'Python, PyTorch and CUDA libraries', zh: 'Python、PyTorch 与 CUDA 库' },
  'model': { en: 'the model before it moves to the GPU', zh: '移至 GPU 之前的模型' },
  'tensors-in-flight': { en: 'tensors being read', zh: '读取中的张量' },
  'batches': { en: 'batches, with their pinned copies', zh: '批次及其锁页副本' },
  'workers': { en: 'DataLoader workers', zh: 'DataLoader 工作进程' },
  'checkpoints': { en: 'offloaded checkpoints, pinned', zh: '卸载的检查点（锁页内存）' },
  'paged-states': { en: 'paged optimizer states', zh: '分页优化器状态' },
  'offloaded-states': { en: 'states that leave the GPU while text is generated', zh: '生成期间移出显存的状态' },
  'frozen-models': { en: 'frozen models between their passes', zh: '闲置时的冻结模型' },
  'engine-weights': { en: 'weights of the sleeping engine', zh: '休眠引擎的权重' },
  'experience': { en: 'experience of the rollout', zh: '采样经验' },
  'saving': { en: 'copies while saving', zh: '保存时的副本' }
}

export const hostPartName = (name: HostPartName, locale: Locale = 'en'): string => NAMES[name][locale]
