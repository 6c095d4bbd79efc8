import type { Canary } from '@flotilla/sim'
import { deadlocks } from './planted-bugs/deadlocks.ts'
import { leases } from './planted-bugs/leases.ts'
import { queues } from './planted-bugs/queues.ts'
import { tokens } from './planted-bugs/tokens.ts'

/** One line each, and each is seen by somebody: `pnpm canaries locks`. */
export const canaries: readonly Canary[] = [...leases, ...queues, ...tokens, ...deadlocks]
