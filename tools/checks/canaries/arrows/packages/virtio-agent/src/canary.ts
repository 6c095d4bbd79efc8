import { figures } from '@flotilla/procmon'
import { deep } from '@flotilla/procmon/src/figures.ts'
import { sealed } from '@flotilla/procmon/internal/figures'
import { agent } from '@flotilla/agent'
import { sideways } from '../../procmon/src/figures.ts'
import type { Rooted } from '/srv/flotilla/figures.ts'

export type Inner = import('@flotilla/procmon/figures').Figures
export const all = [figures, deep, sealed, agent, sideways, import.meta.resolve('../../../tools/checks/house.ts')]
export type { Rooted }
