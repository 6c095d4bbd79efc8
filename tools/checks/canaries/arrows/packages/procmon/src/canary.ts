export type { Clock } from '@flotilla/virtio-agent'
export const world = await import('@flotilla/sim')
export const chosen = await import(process.argv[2])
export * from 'left-pad'
export { test } from 'vitest'
