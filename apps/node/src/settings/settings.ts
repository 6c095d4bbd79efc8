import { apiSettings, type ApiSettings } from './groups/api-settings.ts'
import { keepingSettings, type KeepingSettings } from './groups/keeping-settings.ts'
import { meshSettings, type MeshSettings } from './groups/mesh-settings.ts'
import { nodeSettings, type NodeSettings } from './groups/node-settings.ts'
import { tellingSettings, type TellingSettings } from './groups/telling-settings.ts'
import { vmSettings, type VmSettings } from './groups/vm-settings.ts'
import type { Setting } from './setting.ts'

/**
 * All settings of a node. To add one, write its line into the interface of a group and its entry into the table beside
 * it: flags, environment, file, `--help`, the README's table and `flotilla config` follow from these.
 *
 * No setting holds a secret, only the name of a file that does: settings are shown, logged, and given as flags, which
 * everybody on the machine can read.
 */
export interface Settings
  extends NodeSettings, ApiSettings, MeshSettings, KeepingSettings, VmSettings, TellingSettings {}

export type SettingName = keyof Settings

export interface SettingsGroup {
  readonly title: string
  readonly settings: readonly Setting[]
}

/** In the order in which they are shown. */
export function settingsGroups(hostName: string): readonly SettingsGroup[] {
  return [
    { title: 'The node', settings: named(nodeSettings(hostName)) },
    { title: 'Its page and its API', settings: named(apiSettings) },
    { title: 'Other nodes', settings: named(meshSettings) },
    { title: 'What it keeps, and what others may do here', settings: named(keepingSettings) },
    { title: 'Virtual machines', settings: named(vmSettings) },
    { title: 'What it says', settings: named(tellingSettings) },
  ]
}

export function settingsOf(hostName: string): readonly Setting[] {
  return settingsGroups(hostName).flatMap(({ settings }) => settings)
}

function named(table: Readonly<Record<string, Omit<Setting, 'name'>>>): readonly Setting[] {
  // An entry of a table has one of the kinds; taking its name out of the type has blurred that.
  return Object.entries(table).map(([name, entry]) => ({ ...entry, name }) as Setting)
}
