import type { DeviceSample, Sample } from '#shared/contract/index.ts'

const KEPT_MS = 60 * 60_000
/** The last minutes stay as they were sampled. */
const WHOLE_MS = 10 * 60_000
const STRETCH_MS = 10_000

export interface History {
  readonly add: (sample: Sample) => void
  /** Oldest first. Only the newest sample lists processes. */
  readonly list: () => Sample[]
}

/** An hour of samples. Older stretches are thinned out to one per ten seconds, keeping each device's fullest moment. */
export function createHistory (): History {
  let whole: Sample[] = []
  let thinned: Sample[] = []
  return {
    add: (sample) => {
      const now = Date.parse(sample.at)
      whole.push(sample)
      // Not at every sample: moving the array costs more than letting it grow a little.
      if (now - Date.parse(whole[0]!.at) > WHOLE_MS + STRETCH_MS || now < Date.parse(whole[0]!.at)) {
        const [old, recent] = split(whole, now - WHOLE_MS)
        whole = recent
        for (const one of old) thinned = joined(thinned, one)
        thinned = split(thinned, now - KEPT_MS)[1]
      }
    },
    list: () => {
      const oldest = Date.parse(whole.at(-1)?.at ?? '') - KEPT_MS
      return [...thinned.filter(({ at }) => Date.parse(at) >= oldest), ...whole].map((sample, i, all) => i === all.length - 1 ? sample : { ...sample, processes: null })
    }
  }
}

function split (samples: readonly Sample[], time: number): [Sample[], Sample[]] {
  const first = samples.findIndex(({ at }) => Date.parse(at) >= time)
  return first < 0 ? [[...samples], []] : [samples.slice(0, first), samples.slice(first)]
}

/** Adds to the last stretch, or begins one. */
function joined (stretches: Sample[], sample: Sample): Sample[] {
  const last = stretches.at(-1)
  if (last === undefined || Math.floor(Date.parse(last.at) / STRETCH_MS) !== Math.floor(Date.parse(sample.at) / STRETCH_MS)) {
    stretches.push(sample)
    return stretches
  }
  const devices = new Map(last.devices.map((device) => [device.key, device]))
  for (const device of sample.devices) devices.set(device.key, fuller(devices.get(device.key), device))
  stretches[stretches.length - 1] = { ...last, devices: [...devices.values()] }
  return stretches
}

const fuller = (a: DeviceSample | undefined, b: DeviceSample): DeviceSample => a !== undefined && (a.usedBytes ?? -1) >= (b.usedBytes ?? -1) ? a : b
