// Nothing here is a finding: adapters, drivers and tests may touch the world.
import { hrtime } from 'node:process'

export const now = (): readonly unknown[] => [Date.now(), Math.random(), hrtime.bigint()]
