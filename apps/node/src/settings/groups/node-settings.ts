import { nodeLimitsDefaults } from '../../limits.ts'
import type { SettingsTable } from '../setting.ts'

/** The node itself. */
export interface NodeSettings {
  readonly data: string
  readonly name: string
}

const { nameLengthMax } = nodeLimitsDefaults
const nameForm = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${nameLengthMax - 1}}$`)

export function nodeSettings(hostName: string): SettingsTable<NodeSettings> {
  return {
    data: {
      type: 'path',
      of: 'folder',
      isOptional: false,
      placeholder: 'FOLDER',
      fallback: '.flotilla/node',
      example: '/var/lib/flotilla',
      description: 'where the node keeps everything; made if it is missing, used by one node at a time',
    },
    name: {
      type: 'text',
      form: nameForm,
      mayBe: `1 to ${nameLengthMax} letters, digits, ".", "_" and "-", a letter or digit first`,
      placeholder: 'NAME',
      fallback: nameFrom(hostName),
      fallbackShown: "the machine's name",
      example: 'ann',
      description: 'what people call the node; in a cluster its certificate says it too',
    },
  }
}

/** The nearest valid name: a machine may be called almost anything. */
function nameFrom(hostName: string): string {
  const plain = hostName.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return plain.slice(0, nameLengthMax) || 'node'
}
