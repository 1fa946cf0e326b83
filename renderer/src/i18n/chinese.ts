import compareZh from './compare.zh.json' with { type: 'json' }
import exploreZh from './explore.zh.json' with { type: 'json' }
import hardwareZh from './hardware.zh.json' with { type: 'json' }
import libraryZh from './library.zh.json' with { type: 'json' }
import shellZh from './shell.zh.json' with { type: 'json' }
import rlhfZh from './rlhf.zh.json' with { type: 'json' }
import planZh from './zh.json' with { type: 'json' }

export { chineseTensor } from '#shared/report/tensorNames.ts'

/** Every sentence of the window, in Chinese. Loaded when it is first wanted, or soon after the start. */
export const zh = { ...planZh, ...compareZh, ...exploreZh, ...hardwareZh, ...rlhfZh, ...libraryZh, ...shellZh }
