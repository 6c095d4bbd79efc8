import { join } from 'node:path'
import { timedCommand } from './timed-command.ts'
import type { Contestant } from './contestant.ts'

function borg(store: string, ...words: readonly string[]): ReturnType<typeof timedCommand> {
  const own = join(store, '..')
  const environment = {
    BORG_PASSPHRASE: 'bench',
    BORG_BASE_DIR: own,
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
  }
  return timedCommand(['borg', ...words], environment)
}

export const borgSide: Contestant = {
  begin: async (store) => void (await borg(store, 'init', '--encryption=repokey', store)),
  put: (store, source) => borg(store, 'create', `${store}::{now:%Y%m%d%H%M%S%f}`, source),
  get: () => Promise.reject(new Error('borg restores into the folder where it is run; only restic is compared')),
}
