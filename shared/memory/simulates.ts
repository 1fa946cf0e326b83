import type { Architecture } from '../architecture/index.ts'
import { familyOf } from './modules/families/index.ts'

/** Whether the engine can run a model of this shape. Cheap: for lists that mark what cannot be planned yet. */
export const simulates = (architecture: Architecture): boolean => familyOf(architecture, '').ok
