import { fromBase64 } from '../base64.ts'
import { offered, required, type QgaCommand } from '../command.ts'
import type { QgaSystem } from '../contract.ts'

const hasKeys = (system: QgaSystem): boolean => system.sshKeys !== undefined

export const accounts: readonly QgaCommand[] = [
  {
    name: 'guest-set-user-password',
    arguments: { username: 'string', password: 'string', crypted: 'boolean' },
    isOffered: (system) => system.setUserPassword !== undefined,
    async run({ system }, given) {
      const password = fromBase64(required(given.text('password')))
      await system.setUserPassword?.(required(given.text('username')), password, required(given.flag('crypted')))
      return {}
    },
  },
  {
    name: 'guest-ssh-get-authorized-keys',
    arguments: { username: 'string' },
    isOffered: hasKeys,
    run: async ({ system }, given) => ({ keys: await offered(system.sshKeys).get(required(given.text('username'))) }),
  },
  {
    name: 'guest-ssh-add-authorized-keys',
    arguments: { username: 'string', keys: { type: 'array', of: 'string' }, 'reset?': 'boolean' },
    isOffered: hasKeys,
    async run({ system }, given) {
      const keys = given.texts('keys') ?? []
      await offered(system.sshKeys).add(required(given.text('username')), keys, given.flag('reset') ?? false)
      return {}
    },
  },
  {
    name: 'guest-ssh-remove-authorized-keys',
    arguments: { username: 'string', keys: { type: 'array', of: 'string' } },
    isOffered: hasKeys,
    async run({ system }, given) {
      await offered(system.sshKeys).remove(required(given.text('username')), given.texts('keys') ?? [])
      return {}
    },
  },
]

/** Known by name, offered nowhere yet: they ask for what only Windows has. */
export const windowsOnly: readonly QgaCommand[] = [
  'guest-get-devices',
  'guest-get-driver-packages',
  'guest-get-driver-services',
].map((name): QgaCommand => ({ name, arguments: {}, isOffered: () => false, run: () => [] }))
