import { required, offered, type QgaCommand } from '../command.ts'
import { QgaRefusal } from '../contract.ts'

const always = (): boolean => true
const modes = ['halt', 'powerdown', 'reboot'] as const

export const basics: readonly QgaCommand[] = [
  {
    name: 'guest-sync',
    arguments: { id: 'integer' },
    isForFrozen: true,
    isOffered: always,
    run: (_, given) => required(given.integer('id')),
  },
  {
    name: 'guest-sync-delimited',
    arguments: { id: 'integer' },
    isForFrozen: true,
    isOffered: always,
    run: (_, given) => required(given.integer('id')),
  },
  { name: 'guest-ping', arguments: {}, isForFrozen: true, isOffered: always, run: () => ({}) },
  { name: 'guest-info', arguments: {}, isForFrozen: true, isOffered: always, run: ({ info }) => info() },
  {
    name: 'guest-get-time',
    arguments: {},
    isOffered: (system) => system.time !== undefined,
    run: ({ system }) => offered(system.time?.()),
  },
  {
    name: 'guest-set-time',
    arguments: { 'time?': 'integer' },
    isOffered: (system) => system.setTime !== undefined,
    async run({ system }, given) {
      const time = given.integer('time')
      if (time !== undefined && time < 0n) throw new QgaRefusal(`value '${time}' is invalid for argument time`)
      await system.setTime?.(time)
      return {}
    },
  },
  {
    name: 'guest-shutdown',
    arguments: { 'mode?': 'string' },
    isSilent: true,
    isOffered: (system) => system.shutdown !== undefined,
    async run({ system }, given) {
      const asked = given.text('mode') ?? 'powerdown'
      const mode = modes.find((known) => known === asked)
      if (mode === undefined) throw new QgaRefusal('mode is invalid (valid values are: halt|powerdown|reboot)')
      await system.shutdown?.(mode)
      return {}
    },
  },
  ...(['disk', 'ram', 'hybrid'] as const).map((mode): QgaCommand => ({
    name: `guest-suspend-${mode}`,
    arguments: {},
    isSilent: true,
    isOffered: (system) => system.suspend !== undefined,
    async run({ system }) {
      await system.suspend?.(mode)
      return {}
    },
  })),
]
