import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isDead, SetupLock } from './setup-lock.mjs'

/** The id of a process that has ended. */
const deadPid = spawnSync(process.execPath, ['-e', '']).pid
const patient = { signal: new AbortController().signal, onWait: () => {} }

async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'flotilla-lock-'))
  try {
    await work(join(folder, 'tools', 'setup.lock'))
    expect(fs.readdirSync(join(folder, 'tools'))).toEqual([])
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

test('the second waits until the first lets go, and says that it waits', () =>
  inFolder(async (path) => {
    const order: string[] = []
    const first = await SetupLock.acquire(path, patient)
    const waiting = Promise.withResolvers<string>()
    const second = SetupLock.acquire(path, { ...patient, onWait: waiting.resolve })
    expect(await waiting.promise).toContain(String(process.pid))
    order.push('first lets go')
    first.release()
    const lock = await second
    order.push('second has it')
    lock.release()
    expect(order).toEqual(['first lets go', 'second has it'])
  }))

test('a lock of a killed set-up is taken over', () =>
  inFolder(async (path) => {
    fs.mkdirSync(join(path, '..'))
    fs.writeFileSync(path, JSON.stringify({ host: hostname(), pids: [deadPid] }))
    const waited = { ...patient, onWait: () => expect.unreachable('nobody holds the lock') }
    const lock = await SetupLock.acquire(path, waited)
    expect(fs.readFileSync(path, 'utf8')).toContain(String(process.pid))
    lock.release()
  }))

test('whoever lost the lock while it slept does not remove the lock of another', () =>
  inFolder(async (path) => {
    const lock = await SetupLock.acquire(path, patient)
    fs.writeFileSync(path, JSON.stringify({ host: 'elsewhere', pids: [1] }))
    lock.release()
    expect(fs.existsSync(path)).toBe(true)
    fs.rmSync(path)
  }))

test('waiting can be given up', () =>
  inFolder(async (path) => {
    const lock = await SetupLock.acquire(path, patient)
    const cancel = new AbortController()
    const second = SetupLock.acquire(path, { signal: cancel.signal, onWait: () => cancel.abort() })
    await expect(second).rejects.toThrow('aborted')
    lock.release()
  }))

test('a lock is dead when all its processes are, or when it has long been silent', () => {
  const held = (host: string, pids: readonly number[]): string => JSON.stringify({ host, pids })
  expect(isDead(held(hostname(), [deadPid]), 0)).toBe(true)
  expect(isDead(held(hostname(), [deadPid, process.pid]), 0)).toBe(false)
  expect(isDead(held('another-container', [deadPid]), 0)).toBe(false)
  expect(isDead(held('another-container', [deadPid]), 31_000)).toBe(true)
  expect(isDead('half a li', 0)).toBe(false)
})
