/** Where a process is, of `/proc/self/cgroup`: the path in the unified hierarchy, and in those of version 1. */
export interface ControlGroupPaths {
  readonly unified?: string
  /** By controller: `memory`, `cpu`, `pids`. */
  readonly legacy: ReadonlyMap<string, string>
}

export function parseControlGroupPaths(text: string): ControlGroupPaths {
  const legacy = new Map<string, string>()
  let unified: string | undefined
  for (const line of text.split('\n')) {
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? []
    // A path with `..` is outside of what our namespace shows; there is nothing to be found under it.
    if (hierarchy === undefined || controllers === undefined || path === undefined) continue
    if (path.split('/').includes('..')) continue
    if (hierarchy === '0' && controllers === '') unified = path
    else for (const controller of controllers.split(',')) legacy.set(controller, path)
  }
  return unified === undefined ? { legacy } : { unified, legacy }
}

/** `cpu.max`: how many cores' time the group may have; undefined for `max`, which is no limit. */
export function parseProcessorLimit(text: string): number | undefined {
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(text) ?? []
  if (quota === undefined || Number(period) === 0) return undefined
  return Number(quota) / Number(period)
}

/** Version 1 writes the largest number of whole pages where there is no limit. */
const noLimitBytesMin = 2 ** 60

/** A limit of memory or of processes: `max`, or such a large number as is none, is undefined. */
export function parseGroupLimit(text: string): number | undefined {
  const [, digits] = /^(\d{1,20})\s*$/.exec(text) ?? []
  return digits === undefined || Number(digits) >= noLimitBytesMin ? undefined : Number(digits)
}
