import type { SettingsTable } from '../setting.ts'

/** What it keeps, and what others may do here. */
export interface KeepingSettings {
  readonly 'blob-key': string
  readonly 'process-control': 'own' | 'operators' | 'nodes'
}

export const keepingSettings: SettingsTable<KeepingSettings> = {
  'blob-key': {
    type: 'path',
    of: 'file',
    isOptional: true,
    placeholder: 'FILE',
    fallback: '',
    fallbackShown: 'blobs.key in the data folder',
    example: '/media/other-disk/blobs.key',
    description: 'what opens the blobs that this node keeps; made with the first of them, and never again',
  },
  'process-control': {
    type: 'choice',
    choices: ['own', 'operators', 'nodes'],
    placeholder: 'WHO',
    fallback: 'operators',
    example: 'own',
    description:
      'which nodes may end processes of this machine, change their rank and run something in its virtual machines, ' +
      'besides this one: no other (own), those of that role (operators), those of the role node too (nodes)',
    isLive: true,
  },
}
