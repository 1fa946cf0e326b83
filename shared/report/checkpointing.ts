import type { Plan } from '../plan/index.ts'
import type { Locale } from '../units/index.ts'

const SAVES = {
  'attention': { en: 'keeping attention', zh: '保留注意力输出' },
  'attention-and-matmuls': { en: 'keeping attention and matmuls', zh: '保留注意力与矩阵乘输出' },
  'every-second-matmul': { en: 'keeping attention and every second matmul', zh: '保留注意力及每两个矩阵乘之一' }
} as const
const OFFLOADS = {
  host: { en: 'in host memory', zh: '存于主机内存' },
  unsloth: { en: 'in host memory as Unsloth does', zh: '按 Unsloth 方式存于主机内存' }
} as const

/** `reentrant checkpointing (every 2 blocks, in host memory)` */
export function describeCheckpointing ({ runtime }: Plan, locale: Locale): string {
  const { checkpointing, checkpointEvery: every = 1, checkpointOffload: offload, checkpointSaves: saves } = runtime
  if (checkpointing === 'none') return locale === 'zh' ? '无梯度检查点' : 'no checkpointing'
  const details = [
    ...(every > 1 ? [locale === 'zh' ? `每 ${every} 层一个` : `one block of ${every}`] : []),
    ...(offload ? [OFFLOADS[offload][locale]] : []),
    ...(saves ? [SAVES[saves][locale]] : [])
  ]
  const name = locale === 'zh' ? `梯度检查点 ${checkpointing}` : `${checkpointing} checkpointing`
  if (details.length === 0) return name
  return locale === 'zh' ? `${name}（${details.join('，')}）` : `${name} (${details.join(', ')})`
}
