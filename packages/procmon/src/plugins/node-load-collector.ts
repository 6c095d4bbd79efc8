import { lstat, realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { getuid } from 'node:process'
import { pathToFileURL } from 'node:url'
import { FlotillaError } from '@flotilla/core/errors'
import type { Collector } from '../contract.ts'
import type { MonitorErrorCode } from '../errors.ts'
import { validateCollector } from './collector.ts'
import { pluginDefaults, type PluginLimits } from './limits.ts'

const writableByOthers = 0o022
/** Of a folder such as /tmp: others may add files, but not replace those of somebody else. */
const sticky = 0o1000

/**
 * What a file exports as `collector`. It runs inside this process and may do whatever this process may, so a file that
 * somebody else could write, or put in its place, is refused.
 */
export async function loadCollector(path: string, limits: PluginLimits = pluginDefaults): Promise<Collector> {
  const file = await trusted(resolve(path))
  let exported: { readonly collector?: unknown }
  try {
    exported = (await import(pathToFileURL(file).href)) as { readonly collector?: unknown }
  } catch (cause) {
    throw new FlotillaError<MonitorErrorCode>('wrong-collector', `${path} cannot be loaded: ${String(cause)}`, {
      cause,
    })
  }
  if (exported.collector === undefined) {
    throw new FlotillaError<MonitorErrorCode>('wrong-collector', `${path} exports no "collector"`, {
      hint: "write `export const collector = { name: 'gpu', collect: async (signal) => ({ load: 0.5 }) }`",
    })
  }
  return validateCollector(exported.collector, limits)
}

async function trusted(path: string): Promise<string> {
  let file: string
  try {
    file = await realpath(path)
  } catch (cause) {
    throw new FlotillaError<MonitorErrorCode>('not-found', `there is no plugin file ${path}`, { cause })
  }
  if (getuid === undefined) return file
  for (let place = file; ; place = dirname(place)) {
    const { mode, uid } = await lstat(place)
    const isOurs = uid === 0 || uid === getuid()
    const isOpen = (mode & writableByOthers) !== 0 && !(place !== file && (mode & sticky) !== 0)
    if (!isOurs || isOpen) {
      throw new FlotillaError<MonitorErrorCode>('not-permitted', `others than root and this user may write ${place}`, {
        hint: `a plugin runs with all rights of this process; give it to this user: chmod go-w ${place}`,
      })
    }
    if (place === dirname(place)) return file
  }
}
