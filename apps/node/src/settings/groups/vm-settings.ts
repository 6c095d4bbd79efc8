import { nodeLimitsDefaults } from '../../limits.ts'
import type { SettingsTable } from '../setting.ts'

/** How this node looks into the virtual machines on it. */
export interface VmSettings {
  readonly 'vm-channels': readonly string[]
  readonly 'vm-key': string
  readonly 'vm-keys': string
}

export const vmSettings: SettingsTable<VmSettings> = {
  'vm-channels': {
    type: 'list',
    form: { test: isChannel },
    mayBe:
      'auto, off, a path with {vm} in it such as /run/vms/{vm}.sock, or NAME=PATH; own: or qga: may stand before it',
    most: nodeLimitsDefaults.vmPatternsMax,
    disagreement: (texts) =>
      texts.includes('off') && texts.length > 1 ? 'off is for itself: name nothing beside it' : undefined,
    placeholder: 'PATTERN',
    fallback: '',
    fallbackShown: 'auto, which looks where libvirt has them',
    example: '/run/vms/{vm}.sock',
    description: 'sockets that lead to the agents of virtual machines; may be given several times',
    isLive: true,
  },
  'vm-key': {
    type: 'path',
    of: 'file',
    isOptional: true,
    placeholder: 'FILE',
    fallback: '',
    fallbackShown: 'made once, in the data folder',
    example: '/etc/flotilla/vm-orders.key',
    description:
      'signs what is run in virtual machines: 64 hexadecimal digits, for its owner alone; see `flotilla vm key`',
  },
  'vm-keys': {
    type: 'path',
    of: 'folder',
    isOptional: true,
    placeholder: 'FOLDER',
    fallback: '',
    fallbackShown: 'vm-keys in the data folder',
    example: '/etc/flotilla/vm-keys',
    description:
      'keys that were installed in virtual machines too: one file each, named as the machine, with 64 hexadecimal ' +
      'digits, for its owner alone',
  },
}

/**
 * As `channelPattern` of virtio-agent has it, which a test holds it to: to load that takes half a second, which is long
 * where somebody only asks for a setting.
 */
function isChannel(text: string): boolean {
  if (text === 'auto' || text === 'off') return true
  const [, name, path = ''] = /^(?:own:|qga:)?(?:([A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,127})=)?(\/[^\0]+)$/s.exec(text) ?? []
  const words = path.split('/').slice(1)
  if (words.some((word) => ['', '.', '..'].includes(word) || word.split('{id}').length > 2)) return false
  if (name !== undefined) return !/[{*]/.test(path)
  return path.split('{vm}').length === 2 && !/[{}]/.test(path.replaceAll(/\{(vm|id|any)\}/g, ''))
}
