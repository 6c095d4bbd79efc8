import type { Canary } from '@flotilla/sim'
import { collections } from './planted-bugs/collections.ts'
import { keys } from './planted-bugs/keys.ts'
import { puts } from './planted-bugs/puts.ts'
import { replication } from './planted-bugs/replication.ts'
import { rot } from './planted-bugs/rot.ts'

/** One line each, and each is seen by somebody: `pnpm canaries cas-store`. */
export const canaries: readonly Canary[] = [...puts, ...collections, ...keys, ...rot, ...replication]
