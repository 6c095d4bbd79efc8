import { offered, type QgaCommand } from '../command.ts'
import type { QgaSystem } from '../contract.ts'

const isOffered = (system: QgaSystem): boolean => system.freeze !== undefined

export const freezing: readonly QgaCommand[] = [
  {
    name: 'guest-fsfreeze-status',
    arguments: {},
    isForFrozen: true,
    isOffered,
    run: ({ system }) => (offered(system.freeze).isFrozen ? 'frozen' : 'thawed'),
  },
  {
    name: 'guest-fsfreeze-freeze',
    arguments: {},
    isOffered,
    run: ({ system }) => offered(system.freeze).freeze(undefined),
  },
  {
    name: 'guest-fsfreeze-freeze-list',
    arguments: { 'mountpoints?': { type: 'array', of: 'string' } },
    isOffered,
    run: ({ system }, given) => offered(system.freeze).freeze(given.texts('mountpoints')),
  },
  {
    name: 'guest-fsfreeze-thaw',
    arguments: {},
    isForFrozen: true,
    isOffered,
    run: ({ system }) => offered(system.freeze).thaw(),
  },
  {
    name: 'guest-fstrim',
    arguments: { 'minimum?': 'integer' },
    isOffered: (system) => system.trim !== undefined,
    async run({ system }, given) {
      const trimmed = await offered(system.trim?.(Math.max(0, given.number('minimum') ?? 0)))
      const paths = trimmed.map(({ path, trimmedBytes, minimumBytes, error }) => ({
        path,
        ...(trimmedBytes === undefined ? {} : { trimmed: trimmedBytes }),
        ...(minimumBytes === undefined ? {} : { minimum: minimumBytes }),
        ...(error === undefined ? {} : { error }),
      }))
      return { paths }
    },
  },
]
