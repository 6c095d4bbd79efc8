import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { readFlatYaml } from '@flotilla/core/text'
import { cliLimitsDefaults } from '../limits.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The data folder that the settings file names, which a node without flags would use; undefined where it names none, or
 * cannot be read: whoever starts a node with it is told why.
 */
export function configuredFolder(environment: Environment, homeFolder: string = homedir()): string | undefined {
  for (const path of settingsFiles(environment, homeFolder)) {
    const text = textOf(path)
    if (text === undefined) continue
    // A file that is there is the only one, whether it says something or not.
    const value = readFlatYaml(text).entries.find(({ key, isList }) => key === 'data' && !isList)?.values[0]?.text ?? ''
    return value === '' || value.includes('\0') ? undefined : resolve(dirname(path), value)
  }
  return undefined
}

/** Where a node looks for it, the first first. */
function settingsFiles(environment: Environment, homeFolder: string): readonly string[] {
  const named = environment['FLOTILLA_CONFIG'] ?? ''
  if (named !== '') return named === 'off' ? [] : [resolve(named)]
  const said = environment['XDG_CONFIG_HOME'] ?? ''
  const own = isAbsolute(said) ? said : join(homeFolder, '.config')
  return [join(own, 'flotilla', 'config.yaml'), ...(process.platform === 'win32' ? [] : ['/etc/flotilla/config.yaml'])]
}

function textOf(path: string): string | undefined {
  try {
    const { size } = statSync(path)
    return size > cliLimitsDefaults.settingsFileBytesMax ? undefined : readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
