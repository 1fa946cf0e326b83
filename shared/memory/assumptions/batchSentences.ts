export const BATCH_SENTENCES = {
  'equal-batches': {
    en: 'Every batch is as long as the sequence length. Batches of changing length fragment the allocator more; the interval of reserved memory allows for it.',
    zh: '假定每个批次都达到设定的序列长度。长度变化的批次会增加显存碎片，保留显存的区间已计入该影响。'
  },
  'longest-batch': {
    en: 'The longest batch is simulated: every row as long as the longest sample, {tokens} tokens after cutting and padding. A run that fits on average dies of this one.',
    zh: '按最长批次模拟：每行均达到最长样本，截断与填充后为 {tokens} 词元。平均放得下的运行会败在这一批上。'
  },
  'packed-samples': {
    en: 'A packed row is taken to hold {samples} samples. FlashAttention’s backward pass keeps 128 rows more for each: up to {mebibytes} MiB more with samples of 128 tokens.',
    zh: '假定打包后的一行含 {samples} 条样本。FlashAttention 反向每条多占 128 行：若样本仅 128 词元，最多再需 {mebibytes} MiB。'
  },
  'real-tokens': {
    en: 'FlashAttention gets the real tokens of padded rows. All are taken for real, as the longest batch may be long in every row; with short rows beside the longest, attention keeps up to {mebibytes} MiB less.',
    zh: 'FlashAttention 只处理填充行中的真实词元。由于最长批次可能每行都长，此处全部按真实词元计；若其余行较短，注意力最多少保留 {mebibytes} MiB。'
  },
  'packed-mask': {
    en: 'Without FlashAttention, packed samples are told apart by a mask over all {tokens} tokens squared ({mebibytes} MiB, and twice that for every layer that runs). TRL warns of it; FlashAttention 2 needs none.',
    zh: '未使用 FlashAttention 时，需用 {tokens} 词元平方大小的掩码区分样本（{mebibytes} MiB，每个运行中的层另需两倍）。TRL 对此给出警告；FlashAttention 2 无需掩码。'
  },
  'packed-recurrence': {
    en: 'Layers that carry a state from token to token carry it into the next packed sample: transformers resets it only where the collator passes the bounds.',
    zh: '带递推状态的层会把状态带入下一条打包样本：仅当 collator 传入样本边界时 transformers 才会重置。'
  }
} as const
