import type { Canary } from '@flotilla/sim'
import { keyRows, seenFiles, store } from './watchers.ts'

export const keys: readonly Canary[] = [
  {
    name: 'keys-not-copied',
    bug: 'A new key is in the catalogue alone.',
    file: 'src/sealing/keyring/key-rows.ts',
    find: '      await copy.write(inOrder(current.values()))\n',
    replace: '',
    caughtBy: [keyRows],
  },
  {
    name: 'lost-keys-stay-lost',
    bug: 'What the copy of the keys gives back is used, and not written to the catalogue.',
    file: 'src/sealing/keyring/key-rows.ts',
    find: 'if (lost.length > 0) await restore(options, lost)',
    replace: '',
    caughtBy: [keyRows],
  },
  {
    name: 'keys-for-a-new-catalogue',
    bug: 'A store that has lost its catalogue opens with a new one, under which all packs are waste.',
    file: 'src/sealing/keyring/key-rows.ts',
    find: 'if (said.length === 0 && knowsNoChunks) return { rows: said, lost: [] }',
    replace: '',
    caughtBy: [keyRows],
  },
  {
    name: 'secrets-mixed',
    bug: 'Keys from before a change of the secret are taken from the copy.',
    file: 'src/sealing/keyring/key-rows.ts',
    find: '&& (first === undefined || isSameRecipe(wrapped, first.wrapped))',
    replace: '',
    caughtBy: [keyRows],
  },
  {
    name: 'keys-mended-away',
    bug: 'A check takes a damaged key out of the catalogue, and leaves it so.',
    file: 'src/store/checking/check.ts',
    find: '    await keys.rewrite()\n',
    replace: '',
    caughtBy: [store],
  },
  {
    name: 'sent-files-remembered-too-soon',
    bug: 'A file that was sent is remembered, though a later change might leave no trace.',
    file: 'src/files/seen-files.ts',
    find: 'if (!isSettled(facts, factsOf(after), beganAtMs)) return false',
    replace: '',
    caughtBy: [seenFiles],
  },
]
