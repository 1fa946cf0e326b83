import plan from './en.json' with { type: 'json' }
import compare from './compare.en.json' with { type: 'json' }
import compareZh from './compare.zh.json' with { type: 'json' }
import explore from './explore.en.json' with { type: 'json' }
import exploreZh from './explore.zh.json' with { type: 'json' }
import hardware from './hardware.en.json' with { type: 'json' }
import hardwareZh from './hardware.zh.json' with { type: 'json' }
import library from './library.en.json' with { type: 'json' }
import libraryZh from './library.zh.json' with { type: 'json' }
import shell from './shell.en.json' with { type: 'json' }
import shellZh from './shell.zh.json' with { type: 'json' }
import rlhf from './rlhf.en.json' with { type: 'json' }
import rlhfZh from './rlhf.zh.json' with { type: 'json' }
import planZh from './zh.json' with { type: 'json' }

/** Every sentence of the window, by language. English is the reference; a test keeps Chinese equal to it. */
export const en = { ...plan, ...compare, ...explore, ...hardware, ...rlhf, ...library, ...shell }
export const zh = { ...planZh, ...compareZh, ...exploreZh, ...hardwareZh, ...rlhfZh, ...libraryZh, ...shellZh }
