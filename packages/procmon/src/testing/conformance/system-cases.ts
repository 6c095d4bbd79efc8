import { ok, rejects, strictEqual } from 'node:assert/strict'
import type { SystemReading } from '../../readings.ts'
import type { SourceCase } from './suite.ts'

export const systemCases: Readonly<Record<string, SourceCase>> = Object.freeze({
  'time goes on from reading to reading, and the boot is the same': async ({ source, pass }) => {
    const before = await source.system()
    await pass()
    const now = await source.system()
    ok(now.atMs > before.atMs, `a reading is at ${now.atMs}, one before it at ${before.atMs}`)
    strictEqual(now.bootId, before.bootId)
    ok(now.bootId !== '', 'a boot has an id')
    ok((now.uptimeMs ?? 0) >= 0)
  },
  'every number is finite, and none is negative but temperatures': async ({ source }) => {
    checkNumbers(await source.system(), 'reading')
  },
  'times of processors do not fall, but for those the kernel reckons anew': async ({ source, pass }) => {
    const before = await source.system()
    await pass()
    const now = await source.system()
    const earlier = new Map(before.processor?.cores.map(({ core, times }) => [core, times]))
    for (const { core, times } of now.processor?.cores ?? []) {
      const past = earlier.get(core)
      if (past === undefined) continue
      for (const name of ['userMs', 'niceMs', 'systemMs', 'interruptMs', 'stealMs'] as const) {
        ok(times[name] >= past[name], `${name} of core ${core} fell from ${past[name]} to ${times[name]}`)
      }
    }
  },
  'nothing is listed twice': async ({ source }) => {
    const { processor, disks, networks, fileSystems, power } = await source.system()
    checkUnique('cores', processor?.cores.map(({ core }) => String(core)) ?? [])
    checkUnique('disks', disks?.map(({ name }) => name) ?? [])
    checkUnique('networks', networks?.map(({ name }) => name) ?? [])
    checkUnique('mounts', fileSystems?.map(({ mount }) => mount) ?? [])
    checkUnique('power', power?.map(({ name }) => name) ?? [])
  },
  'parts are no larger than the whole': async ({ source }) => {
    const { memory, fileSystems = [] } = await source.system()
    if (memory !== undefined) {
      const { totalBytes, freeBytes, availableBytes, swapTotalBytes, swapFreeBytes } = memory
      ok(freeBytes <= totalBytes && availableBytes <= totalBytes, 'there is more memory free than there is')
      ok(swapFreeBytes <= swapTotalBytes, 'there is more swap free than there is')
    }
    for (const { mount, space } of fileSystems) {
      if (space === undefined) continue
      ok(space.availableBytes <= space.freeBytes, `${mount}: more for others than for root`)
      ok(space.freeBytes <= space.totalBytes && space.filesFree <= space.files, `${mount}: more free than there is`)
    }
    checkShares(await source.system())
  },
  'several readings at once are all answered': async ({ source }) => {
    const readings = await Promise.all([source.system(), source.system(), source.processes(), source.system()])
    strictEqual(readings.length, 4)
  },
  'a signal that has aborted is heard': async ({ source }) => {
    await rejects(source.system({ signal: AbortSignal.abort(new Error('enough')) }), /enough/)
    await rejects(source.processes({ signal: AbortSignal.abort(new Error('enough')) }), /enough/)
  },
  'a closed source refuses, and may be closed again': async ({ source }) => {
    await source[Symbol.asyncDispose]()
    await rejects(source.system(), { code: 'closed' })
    await rejects(source.processes(), { code: 'closed' })
    await source[Symbol.asyncDispose]()
  },
})

const mayBeNegative = new Set(['celsius', 'criticalCelsius'])

function checkNumbers(value: unknown, path: string): void {
  if (typeof value === 'number') {
    ok(Number.isFinite(value), `${path} is ${value}`)
    ok(value >= 0 || mayBeNegative.has(path.split('.').at(-1) ?? ''), `${path} is ${value}`)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) checkNumbers(inner, `${path}.${name}`)
  }
}

function checkShares({ pressure = {} }: SystemReading): void {
  for (const stall of [pressure.processor, pressure.memory, pressure.io]) {
    const { some10s = 0, some60s = 0, full10s = 0, full60s = 0 } = stall ?? {}
    for (const share of [some10s, some60s, full10s, full60s]) ok(share <= 1, 'a share is from 0 to 1')
  }
}

function checkUnique(what: string, names: readonly string[]): void {
  strictEqual(new Set(names).size, names.length, `${what} are listed twice: ${names.join(', ')}`)
}
