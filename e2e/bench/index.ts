import '#main/bench/index.ts'
import { benchWorkbench } from './workbench.ts'

/* npm run bench: the engine, the host and the library first, then the workbench in a browser. */
await benchWorkbench()
