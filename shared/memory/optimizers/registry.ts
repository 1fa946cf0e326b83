import { adafactor } from './adafactor.ts'
import { adamW } from './adam.ts'
import { adamMini } from './adamMini.ts'
import { badam } from './badam.ts'
import * as bnb from './bitsandbytes.ts'
import { lion } from './lion.ts'
import { adaLomo, lomo } from './lomo.ts'
import { apollo, galore } from './lowRank.ts'
import { muon } from './muon.ts'
import type { OptimizerKind, OptimizerRule } from './optimizer.ts'
import { scheduleFreeAdamW, scheduleFreeSgd } from './scheduleFree.ts'
import { soap } from './soap.ts'
import { adagrad, plainSgd, rmsProp, sgdMomentum } from './torchOptim.ts'
import { torchao4bit, torchao8bit, torchaoFp8 } from './torchao.ts'

const none: OptimizerRule = { source: 'no optimizer', known: 'traced', make: () => ({ step: () => {} }) }

/** The rule of every optimizer of a plan. */
export const OPTIMIZERS: Readonly<Record<OptimizerKind, OptimizerRule>> = {
  adamw: adamW,
  'sgd-momentum': sgdMomentum,
  none,
  sgd: plainSgd,
  rmsprop: rmsProp,
  adagrad,
  adafactor,
  muon,
  lion,
  'adamw-8bit': bnb.adamW8bit,
  'adamw-32bit': bnb.adamW32bit,
  'paged-adamw-8bit': bnb.pagedAdamW8bit,
  'paged-adamw-32bit': bnb.pagedAdamW32bit,
  'lion-8bit': bnb.lion8bit,
  'lion-32bit': bnb.lion32bit,
  'paged-lion-8bit': bnb.pagedLion8bit,
  'paged-lion-32bit': bnb.pagedLion32bit,
  'torchao-adamw-8bit': torchao8bit,
  'torchao-adamw-4bit': torchao4bit,
  'torchao-adamw-fp8': torchaoFp8,
  'adam-mini': adamMini,
  galore,
  apollo,
  soap,
  'schedule-free-adamw': scheduleFreeAdamW,
  'schedule-free-sgd': scheduleFreeSgd,
  lomo,
  adalomo: adaLomo,
  badam
}
