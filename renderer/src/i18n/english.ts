import plan from './en.json' with { type: 'json' }
import compare from './compare.en.json' with { type: 'json' }
import explore from './explore.en.json' with { type: 'json' }
import hardware from './hardware.en.json' with { type: 'json' }
import library from './library.en.json' with { type: 'json' }
import shell from './shell.en.json' with { type: 'json' }
import rlhf from './rlhf.en.json' with { type: 'json' }

/** Every sentence of the window. English is the reference; a test keeps Chinese equal to it. */
export const en = { ...plan, ...compare, ...explore, ...hardware, ...rlhf, ...library, ...shell }
