import { expect, it } from 'vitest'
import { defaultPlan, type Plan } from '../plan/index.ts'
import { describeCheckpointing } from './checkpointing.ts'

const plan = (runtime: Partial<Plan['runtime']>): Plan => ({ ...defaultPlan(), runtime: { ...defaultPlan().runtime, ...runtime } })

it('says which blocks, where and what is kept', () => {
  expect(describeCheckpointing(plan({ checkpointing: 'none' }), 'en')).toBe('no checkpointing')
  expect(describeCheckpointing(plan({}), 'en')).toBe('non-reentrant checkpointing')
  expect(describeCheckpointing(plan({ checkpointEvery: 2, checkpointOffload: 'host', checkpointSaves: 'attention' }), 'en'))
    .toBe('non-reentrant checkpointing (one block of 2, in host memory, keeping attention)')
  expect(describeCheckpointing(plan({ checkpointing: 'reentrant', checkpointOffload: 'unsloth' }), 'zh')).toBe('梯度检查点 reentrant（按 Unsloth 方式存于主机内存）')
})
