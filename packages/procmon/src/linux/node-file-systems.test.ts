import { FlotillaError } from '@flotilla/core/errors'
import { expect, test } from 'vitest'
import { ManualClock } from '@flotilla/core/testing'
import { Problems } from '../problems.ts'
import type { FileSystemReading, Problem } from '../readings.ts'
import { linuxSourceDefaults, type LinuxSourceLimits } from './limits.ts'
import { FileSystems } from './node-file-systems.ts'
import type { AskSpace, Space } from './node-space.ts'

const space: Space = { totalBytes: 100, freeBytes: 60, availableBytes: 50, files: 10, filesFree: 5 }

function mountLine(number: number, mount: string, type: string): string {
  return `${number} 1 0:${number} / ${mount} rw,relatime - ${type} server:${mount} rw\n`
}

/** File systems that answer when they are told to. */
class Lab {
  readonly clock = new ManualClock()
  readonly asked: string[] = []
  readonly waiting = new Map<string, PromiseWithResolvers<Space>>()
  readonly hanging = new Set<string>()
  readonly systems: FileSystems
  #underWay = 0
  mostUnderWay = 0

  constructor(limits: Partial<LinuxSourceLimits> = {}) {
    const ask: AskSpace = (mount) => this.#ask(mount)
    this.systems = new FileSystems({
      limits: { ...linuxSourceDefaults, ...limits },
      clock: this.clock,
      askLocal: ask,
      askRemote: ask,
    })
  }

  async #ask(mount: string): Promise<Space> {
    this.asked.push(mount)
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.#underWay)
    try {
      if (!this.hanging.has(mount)) return space
      const answer = Promise.withResolvers<Space>()
      this.waiting.set(mount, answer)
      return await answer.promise
    } finally {
      this.#underWay--
    }
  }

  /** Lets the deadline pass, if anybody waits for it. */
  async read(
    text: string,
  ): Promise<{ found: readonly FileSystemReading[]; problems: readonly Problem[]; waited: boolean }> {
    const problems = new Problems(64)
    let isDone = false
    const reading = this.systems.read(text, problems).finally(() => (isDone = true))
    await settled()
    const waited = !isDone
    if (waited) this.clock.advance(linuxSourceDefaults.spaceDeadlineMs)
    const found = await reading
    return { found, problems: problems.all(), waited }
  }
}

/** All that can go on without the clock has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

const two = mountLine(1, '/', 'ext4') + mountLine(2, '/mnt/nfs', 'nfs4')

test('a mount that hangs holds up one reading, until the deadline, and no other', async () => {
  const lab = new Lab()
  lab.hanging.add('/mnt/nfs')
  const first = await lab.read(two)
  expect(first.waited).toBe(true)
  expect(first.found.map(({ mount, space: its }) => [mount, its])).toEqual([
    ['/', space],
    ['/mnt/nfs', undefined],
  ])
  expect(first.problems).toMatchObject([{ part: 'fileSystems: /mnt/nfs', code: 'deadline-exceeded' }])
  for (let round = 0; round < 100; round++) {
    lab.clock.advance(60_000)
    const next = await lab.read(two)
    expect(next).toMatchObject({ waited: false, problems: first.problems })
  }
  expect(lab.asked.filter((mount) => mount === '/mnt/nfs')).toHaveLength(1)
  expect(lab.asked.filter((mount) => mount === '/')).toHaveLength(101)
})

test('it is back once it answers, and is asked again from then on', async () => {
  const lab = new Lab()
  lab.hanging.add('/mnt/nfs')
  await lab.read(two)
  lab.hanging.clear()
  lab.waiting.get('/mnt/nfs')?.resolve({ ...space, totalBytes: 7 })
  await settled()
  const back = await lab.read(two)
  expect(back).toMatchObject({ problems: [], found: [{}, { space: { totalBytes: 7 } }] })
  lab.clock.advance(30_000)
  expect(await lab.read(two)).toMatchObject({ found: [{}, { space: { totalBytes: 100 } }] })
})

test('one that refuses is a problem, and asked again', async () => {
  const lab = new Lab()
  lab.hanging.add('/mnt/nfs')
  await lab.read(two)
  lab.waiting.get('/mnt/nfs')?.reject(Object.assign(new Error('stale file handle'), { code: 'ESTALE' }))
  await settled()
  expect(await lab.read(two)).toMatchObject({
    problems: [{ part: 'fileSystems: /mnt/nfs', code: 'failed', message: 'stale file handle' }],
  })
  lab.hanging.clear()
  lab.clock.advance(30_000)
  expect((await lab.read(two)).problems).toEqual([])
})

test('one that hung until its ask was given up is asked again, and not waited for', async () => {
  const lab = new Lab()
  lab.hanging.add('/mnt/nfs')
  await lab.read(two)
  for (let round = 0; round < 5; round++) {
    lab.waiting.get('/mnt/nfs')?.reject(new FlotillaError('deadline-exceeded', 'killed'))
    await settled()
    lab.clock.advance(30_000)
    expect(await lab.read(two)).toMatchObject({ waited: false, problems: [{ code: 'deadline-exceeded' }] })
  }
  expect(lab.asked.filter((mount) => mount === '/mnt/nfs')).toHaveLength(6)
})

test('network file systems are asked once in a while, local ones every time', async () => {
  const lab = new Lab()
  for (let second = 0; second < 31; second++) {
    await lab.read(two)
    lab.clock.advance(1_000)
  }
  expect(lab.asked.filter((mount) => mount === '/')).toHaveLength(31)
  expect(lab.asked.filter((mount) => mount === '/mnt/nfs')).toHaveLength(2)
})

test('however many hang, no more are asked at the same time than the limit, and local ones answer', async () => {
  const lab = new Lab({ remoteAsksMax: 3 })
  let text = mountLine(1, '/', 'ext4')
  for (let number = 10; number < 60; number++) {
    text += mountLine(number, `/mnt/${number}`, 'nfs')
    lab.hanging.add(`/mnt/${number}`)
  }
  const { found, problems } = await lab.read(text)
  expect(found[0]?.space).toEqual(space)
  expect(problems).toHaveLength(50)
  expect(lab.asked).toHaveLength(1 + 3)
  await lab.read(text)
  expect(lab.mostUnderWay).toBeLessThanOrEqual(4)
  // The next one has its turn when one of them answers.
  lab.waiting.get('/mnt/10')?.resolve(space)
  await settled()
  expect(lab.asked).toContain('/mnt/13')
})

test('what is mounted anew at the same place is asked, though the former one still hangs', async () => {
  const lab = new Lab()
  lab.hanging.add('/mnt/nfs')
  await lab.read(two)
  lab.hanging.clear()
  const again = await lab.read(mountLine(1, '/', 'ext4') + mountLine(3, '/mnt/nfs', 'nfs4'))
  expect(again).toMatchObject({ problems: [], found: [{}, { space }] })
})

test('what is unmounted is not told of any more', async () => {
  const lab = new Lab()
  expect((await lab.read(two)).found).toHaveLength(2)
  expect((await lab.read(mountLine(1, '/', 'ext4'))).found).toHaveLength(1)
  expect((await lab.read('nonsense')).found).toEqual([])
})

test('more than the limit are left out, and it is told', async () => {
  const lab = new Lab({ fileSystemsMax: 1 })
  const { found, problems } = await lab.read(two)
  expect(found.map(({ mount }) => mount)).toEqual(['/'])
  expect(problems).toMatchObject([{ part: 'fileSystems', code: 'limit-reached' }])
})

test('a reading that is given up ends at once, and leaves no timer', async () => {
  const lab = new Lab()
  lab.hanging.add('/mnt/nfs')
  const giving = new AbortController()
  const reading = lab.systems.read(two, new Problems(8), giving.signal)
  await settled()
  giving.abort(new Error('given up'))
  await expect(reading).rejects.toThrow('given up')
  expect(lab.clock.timersWaiting).toBe(0)
})
