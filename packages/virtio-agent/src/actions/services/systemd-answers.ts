import type { ServiceState } from '../ports.ts'

/** What `systemctl list-units` and `systemctl list-unit-files` say, both with `--plain --no-legend`, as one list. */
export function systemdServices(units: string, unitFiles: string): readonly ServiceState[] {
  const enabled = enabledIn(unitFiles)
  const loaded = unitsIn(units)
  const known = new Set(loaded.map(({ name }) => name))
  const others = [...enabled.keys()]
    .filter((name) => !known.has(name) && !name.endsWith('@'))
    .map((name): ServiceState => ({ name, description: '', state: 'stopped' }))
  return [...loaded, ...others]
    .map((service) => {
      const isEnabled = enabled.get(service.name)
      return isEnabled === undefined ? service : { ...service, isEnabled }
    })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

/** UNIT LOAD ACTIVE SUB DESCRIPTION; a unit that failed may have a dot before it. */
const unitForm = /^\s*(?:[●○×↻*]\s+)?(\S+)\.service\s+(\S+)\s+(\S+)\s+(\S+)\s*(.*)$/

function unitsIn(text: string): readonly ServiceState[] {
  return text.split('\n').flatMap((line): ServiceState[] => {
    const [, name, load = '', active = '', sub = '', description = ''] = unitForm.exec(line) ?? []
    // Others name units that are not installed.
    if (name === undefined || load === 'not-found') return []
    return [{ name, description: description.trim(), state: stateOf(active, sub) }]
  })
}

function stateOf(active: string, sub: string): ServiceState['state'] {
  switch (active) {
    case 'active':
      // One that does a thing once and is done counts as active for ever.
      return sub === 'exited' ? 'stopped' : 'running'
    case 'inactive':
      return 'stopped'
    case 'failed':
      return 'failed'
    case 'activating':
    case 'deactivating':
    case 'reloading':
    case 'refreshing':
    case 'maintenance':
      return 'changing'
    default:
      return 'unknown'
  }
}

/** UNIT FILE, STATE, and perhaps what the vendor would have. Those that can be neither say nothing. */
function enabledIn(text: string): ReadonlyMap<string, boolean | undefined> {
  const words = text.split('\n').flatMap((line) => {
    const [, name, state = ''] = /^\s*(\S+)\.service\s+(\S+)/.exec(line) ?? []
    return name === undefined || state === 'alias' ? [] : [[name, enabledBy(state)] as const]
  })
  return new Map(words)
}

function enabledBy(state: string): boolean | undefined {
  if (state === 'enabled' || state === 'enabled-runtime') return true
  if (state === 'disabled' || state.startsWith('masked')) return false
  return undefined
}
