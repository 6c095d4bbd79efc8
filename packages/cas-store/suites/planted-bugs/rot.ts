import type { Canary } from '@flotilla/sim'
import { checking } from './watchers.ts'

export const rot: readonly Canary[] = [
  {
    name: 'hurt-blobs-not-named',
    bug: 'A check does not say which blobs are hurt.',
    file: 'src/store/checking/check.ts',
    find: 'if (!isMended) this.#findings.hurt(blob)',
    replace: '',
    caughtBy: [checking],
  },
]
