import { timedCommand } from './timed-command.ts'
import type { Contestant } from './contestant.ts'

const environment = { RESTIC_PASSWORD: 'bench', RESTIC_PROGRESS_FPS: '0.1' }

function restic(store: string, ...words: readonly string[]): ReturnType<typeof timedCommand> {
  return timedCommand(['restic', '--quiet', '--no-cache', '--repo', store, ...words], environment)
}

export const resticSide: Contestant = {
  begin: async (store) => void (await restic(store, 'init')),
  put: (store, source) => restic(store, 'backup', source),
  get: (store, _source, into) => restic(store, 'restore', 'latest', '--target', into),
}
