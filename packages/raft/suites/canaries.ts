import type { Canary } from '@flotilla/sim'
import { elections } from './planted-bugs/elections.ts'
import { decisions } from './planted-bugs/decisions.ts'
import { disks } from './planted-bugs/disks.ts'
import { members } from './planted-bugs/members.ts'
import { reads } from './planted-bugs/reads.ts'
import { sessions } from './planted-bugs/sessions.ts'

/** One line each, and each is seen by somebody: `pnpm canaries raft`. */
export const canaries: readonly Canary[] = [...elections, ...decisions, ...disks, ...members, ...reads, ...sessions]
