export const clocks = () => [Date.now(), new Date(), Date(), performance.now(), globalThis.performance]
export const timers = () => setTimeout(() => clearTimeout(0), 1)
export const signal = () => AbortSignal.timeout(1)
export const random = () => Math['random']()
export const { random: hidden } = Math
export const bytes = (into: Uint8Array) => globalThis['crypto'].getRandomValues(into)
export const page = () => fetch('/')
export const settings = () => process.env['HOME']
export const everything = globalThis
export const sorted = (names: string[]) => names.toSorted((a, b) => a.localeCompare(b))
export const later = { setTimeout }
export const wait = (cells: Int32Array) => Atomics.wait(cells, 0, 0)
export const bytesOf = (text: string) => Buffer.from(text)
