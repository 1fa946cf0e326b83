import plan from './en.json' with { type: 'json' }
import explore from './explore.en.json' with { type: 'json' }
import exploreZh from './explore.zh.json' with { type: 'json' }
import hardware from './hardware.en.json' with { type: 'json' }
import hardwareZh from './hardware.zh.json' with { type: 'json' }
import planZh from './zh.json' with { type: 'json' }

/** Every sentence of the window, by language. English is the reference; a test keeps Chinese equal to it. */
export const en = { ...plan, ...explore, ...hardware }
export const zh = { ...planZh, ...exploreZh, ...hardwareZh }
