import type { Plan } from '../../plan/index.ts'
import type { Locale } from '../../units/index.ts'
import { AXIS_IDS, axisById, axisName, axesOf, type AxisId, type SweepAxis } from './axes.ts'
import { choiceById, choiceName, choicesOf, type ChoiceAxis, type ChoiceId } from './choices.ts'
import type { Varies } from './sweep.ts'

/* Numbers and choices together: what two sides of a grid may be. */

export type Axis = SweepAxis | ChoiceAxis
export type AnyAxisId = AxisId | ChoiceId
export type AxisValue = number | string

const isNumber = (id: AnyAxisId): id is AxisId => (AXIS_IDS as readonly string[]).includes(id)

export const anyAxis = (id: AnyAxisId): Axis => isNumber(id) ? axisById(id) : choiceById(id)
export const anyAxisName = (id: AnyAxisId, locale: Locale = 'en'): string => isNumber(id) ? axisName(id, locale) : choiceName(id, locale)
export const anyAxesOf = (plan: Plan): readonly Axis[] => [...axesOf(plan), ...choicesOf(plan)]

/** The axis over values whose type is not known, as they come from a form or another thread. */
export const variesOf = (axis: Axis): Varies<AxisValue> => axis.kind === 'number'
  ? { apply: (plan, value) => axis.apply(plan, Number(value)) }
  : { apply: (plan, value) => axis.apply(plan, String(value)) }
