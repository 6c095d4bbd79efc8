import { readFileSync, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Invocation } from '../arguments.ts'
import { wrong } from './setting-value.ts'
import { settingsInText, wholeSettings } from './settings-text.ts'
import { settingLimits, type AgentSettings } from './settings.ts'

/** Editors write a file in several steps. */
const settleMs = 200

/** What the file and the flags say together; a file that nobody named may be missing. */
export function readSettings({ configFile, isConfigNamed, flags }: Invocation): AgentSettings {
  return wholeSettings(settingsInText(textOf(configFile, isConfigNamed), configFile), flags)
}

function textOf(file: string, isNamed: boolean): string {
  try {
    if (statSync(file).size > settingLimits.fileBytesMax) {
      throw wrong(`${file} is larger than ${settingLimits.fileBytesMax} bytes`, 'it should hold settings only')
    }
    return readFileSync(file, 'utf8')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing && !isNamed) return ''
    if (isMissing) throw wrong(`${file} is not there`, 'write it, or leave out --config')
    throw error
  }
}

/**
 * Calls `changed` when the file may have changed, or has come or gone, and on SIGHUP. It watches the folder, because
 * editors put a new file in the place of the old one. A folder that is not there is not watched.
 */
export function watchSettings(file: string, changed: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(changed, settleMs).unref()
  }
  const watcher = watcherOf(file, soon)
  process.on('SIGHUP', changed)
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      watcher?.close()
      process.off('SIGHUP', changed)
    },
  }
}

function watcherOf(file: string, soon: () => void): (Disposable & { close(): void }) | undefined {
  try {
    const watcher = watch(dirname(file), { persistent: false }, (_, name) => {
      if (name === null || name === basename(file)) soon()
    })
    watcher.on('error', () => watcher.close())
    return { close: () => watcher.close(), [Symbol.dispose]: () => watcher.close() }
  } catch {
    // SIGHUP still works.
    return undefined
  }
}
