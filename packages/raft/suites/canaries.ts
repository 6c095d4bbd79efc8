import type { Canary } from '@flotilla/sim'

export const canaries: readonly Canary[] = []
