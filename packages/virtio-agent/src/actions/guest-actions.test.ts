import { FlotillaError } from '@flotilla/core/errors'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commandNames, type CommandName, type CommandOutcome } from '../contract.ts'
import { QgaRefusal } from '../qga/contract.ts'
import { GuestMachine } from '../testing/guest-machine.ts'
import { changes } from './command-kinds.ts'

/** Right arguments for each command. */
const given: Readonly<Record<CommandName, Readonly<Record<string, unknown>>>> = {
  ping: {},
  info: {},
  'metrics.get': { detail: 'full' },
  'service.list': {},
  'service.start': { name: 'ssh' },
  'service.stop': { name: 'ssh' },
  'service.restart': { name: 'ssh' },
  'service.enable': { name: 'ssh' },
  'service.disable': { name: 'ssh' },
  'package.list': {},
  'package.search': { text: 'nano' },
  'package.install': { names: ['nano'] },
  'package.remove': { names: ['nano'] },
  'package.update': {},
  'process.list': {},
  'process.kill': { bootId: 'b', pid: 9, startTicks: 1 },
  'process.nice': { bootId: 'b', pid: 9, startTicks: 1, nice: 5 },
  'file.read': { path: '/srv/a' },
  'file.write': { path: '/srv/a', content: 'aGk=' },
  'file.list': { path: '/srv' },
  'network.show': {},
  'disk.show': {},
  'user.list': {},
  'time.get': {},
  'time.set': { wallMs: 1 },
  'power.off': {},
  'power.reboot': {},
  'unsafe.exec': { path: 'id' },
  'unsafe.shell': { script: 'id' },
}
const changing = commandNames.filter(changes)
const telling = commandNames.filter((name) => !changes(name))

/** What was done, whatever port it went through. */
function doneIn(guest: GuestMachine): readonly unknown[] {
  return [...guest.asked, ...guest.runner.lines]
}

function codeOf(outcome: CommandOutcome): string {
  return 'code' in outcome ? `${outcome.type} ${outcome.code}` : outcome.type
}

describe('what a guest lets its host do', () => {
  test('is all that is safe where nothing is said, and nothing unsafe', async () => {
    const guest = new GuestMachine({ policy: { allowsUnsafe: false } })
    expect(guest.commands.supported()).toEqual(expect.not.arrayContaining(['unsafe.exec', 'unsafe.shell']))
    expect(guest.commands.supported()).toHaveLength(commandNames.length - 2)
    for (const name of ['unsafe.exec', 'unsafe.shell'] as const) {
      expect(codeOf(await guest.order(name, given[name], { isSigned: true }))).toBe('refused not-permitted')
    }
    expect(guest.runner.lines).toEqual([])
  })

  test('is what its lists say; what is blocked is not done though it is allowed', async () => {
    const policy = {
      allowed: ['ping', 'power.off'],
      blocked: ['power.off', 'unsafe.exec'],
      allowsUnsafe: true,
    } as const
    const guest = new GuestMachine({ policy })
    expect(guest.commands.supported()).toEqual(['ping', 'unsafe.shell'])
    for (const name of commandNames.filter((each) => !['ping', 'unsafe.shell'].includes(each))) {
      expect([name, codeOf(await guest.order(name, given[name], { isSigned: true }))]).toEqual([
        name,
        'refused not-permitted',
      ])
    }
    expect(doneIn(guest)).toEqual([])
    expect(
      new GuestMachine({ policy: { allowed: ['unsafe.exec'], allowsUnsafe: false } }).commands.supported(),
    ).toEqual([])
  })

  test('is unsafe only with a signature', async () => {
    const guest = new GuestMachine()
    for (const name of ['unsafe.exec', 'unsafe.shell'] as const) {
      expect(codeOf(await guest.order(name, given[name]))).toBe('refused not-signed')
    }
    expect(guest.runner.lines).toEqual([])
    expect(guest.audit.outcomes).toEqual(['unsafe.exec refused', 'unsafe.shell refused'])
    expect((await guest.order('unsafe.exec', { path: 'id' }, { isSigned: true })).type).toBe('done')
    expect(guest.runner.lines).toEqual(['id'])
  })

  test('is not supported where this machine has it not', async () => {
    const guest = new GuestMachine({
      services: undefined,
      packages: undefined,
      files: undefined,
      system: { [Symbol.asyncDispose]: () => Promise.resolve() },
    } as never)
    const missing = commandNames.filter((name) =>
      /^(service|package|file|network|disk|user|power)|^time.set/.test(name),
    )
    for (const name of missing) expect(codeOf(await guest.order(name, given[name]))).toBe('refused not-supported')
    const left = commandNames.filter((name) => !missing.includes(name))
    expect(guest.commands.supported().toSorted()).toEqual(left.toSorted())
  })

  test('is nothing that changes it while its file systems are frozen', async () => {
    const guest = new GuestMachine()
    guest.isFrozen = true
    for (const name of changing) {
      expect([name, codeOf(await guest.order(name, given[name], { isSigned: true }))]).toEqual([name, 'refused frozen'])
    }
    expect(doneIn(guest)).toEqual([])
    expect((await guest.order('service.list')).type).toBe('done')
  })
})

describe('what a guest writes down', () => {
  test('is each command that changes something, before it is done and after', async () => {
    for (const name of changing) {
      const guest = new GuestMachine()
      const { promise, resolve } = Promise.withResolvers<void>()
      guest.audit.turn = promise
      const outcome = guest.order(name, given[name], { isSigned: true, actor: 'bob' })
      for (let round = 0; round < 20; round++) await Promise.resolve()
      expect([name, doneIn(guest)]).toEqual([name, []])
      resolve()
      await outcome
      expect(doneIn(guest)).toHaveLength(1)
      expect(guest.audit.entries[0]).toMatchObject({
        actor: 'bob',
        action: name,
        outcome: 'asked',
        details: { signed: true },
      })
      expect(guest.audit.outcomes).toHaveLength(2)
    }
  })

  test('is done only if it could be written down; what only tells is told all the same', async () => {
    const guest = new GuestMachine()
    guest.audit.failure = new FlotillaError('not-permitted', 'the audit log is damaged')
    for (const name of changing) {
      const outcome = await guest.order(name, given[name], { isSigned: true })
      expect([name, outcome]).toMatchObject([name, { type: 'refused', code: 'not-permitted' }])
    }
    expect(doneIn(guest)).toEqual([])
    for (const name of telling) {
      const outcome = guest.order(name, given[name])
      for (let round = 0; round < 10; round++) await passed(guest)
      expect([name, (await outcome).type]).toEqual([name, 'done'])
    }
  })

  test('is everything else once, refusals too, but not what the host is told unasked', async () => {
    const guest = new GuestMachine({ policy: { blocked: ['user.list'], allowsUnsafe: false } })
    for (const name of ['ping', 'info', 'metrics.get', 'disk.show', 'user.list', 'unsafe.exec'] as const) {
      await guest.order(name, given[name])
    }
    await guest.order('ping', { wrong: 1 })
    expect(guest.audit.outcomes).toEqual(['disk.show done', 'user.list refused', 'unsafe.exec refused', 'ping refused'])
    expect(guest.audit.entries.at(-1)?.details).toEqual({ signed: false, code: 'wrong-arguments' })
  })

  test('leaves out what files hold and programs are given', async () => {
    const guest = new GuestMachine()
    await guest.order('file.write', { path: '/srv/a', content: 'c2VjcmV0' })
    const program = { path: 'env', arguments: ['x'], environment: ['A=secret'], input: 'c2VjcmV0' }
    await guest.order('unsafe.exec', program, { isSigned: true })
    await guest.order('file.write', { path: '/srv/a', content: { content: 'secret', deep: ['secret'] } })
    const text = JSON.stringify(guest.audit.entries)
    expect(text).toContain('/srv/a')
    expect(text).toContain('8 characters')
    expect(text).not.toMatch(/secret|c2VjcmV0/)
  })

  test('can be whatever the host sends', async () => {
    const guest = new GuestMachine()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...commandNames),
        fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.bigInt())),
        async (name, wild) => {
          const before = guest.audit.entries.length
          const outcome = guest.order(name, wild, { isSigned: true })
          for (let round = 0; round < 5; round++) await passed(guest)
          expect(['done', 'refused', 'failed']).toContain((await outcome).type)
          expect(guest.audit.entries.length - before).toBeLessThanOrEqual(2)
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** Lets promises and timers that are due go on. */
async function passed(guest: GuestMachine): Promise<void> {
  guest.clock.advance(100)
  for (let round = 0; round < 10; round++) await Promise.resolve()
}

describe('what becomes of a command', () => {
  test('is told by the code of what went wrong', async () => {
    const codes: readonly (readonly [string, string])[] = [
      ['wrong-arguments', 'refused wrong-arguments'],
      ['not-permitted', 'refused not-permitted'],
      ['refused', 'refused not-permitted'],
      ['not-supported', 'refused not-supported'],
      ['overloaded', 'refused overloaded'],
      ['frozen', 'refused frozen'],
      ['not-found', 'failed not-found'],
      ['timed-out', 'failed timed-out'],
      ['deadline-exceeded', 'failed timed-out'],
      ['cancelled', 'failed cancelled'],
      ['too-large', 'failed too-large'],
      ['exists', 'failed exists'],
      ['io-failed', 'failed failed'],
    ]
    for (const [code, told] of codes) {
      const guest = new GuestMachine()
      guest.failure = new FlotillaError(code, 'the reason', { hint: 'what to do' })
      const outcome = await guest.order('service.start', { name: 'ssh' })
      expect([code, codeOf(outcome)]).toEqual([code, told])
      expect(outcome).toMatchObject({ message: 'the reason: what to do' })
      expect(guest.audit.entries.at(-1)?.details).toMatchObject({ code: told.split(' ')[1] })
    }
  })

  test('is told in a few words where the system has many', async () => {
    const guest = new GuestMachine()
    guest.failure = new FlotillaError('failed', `${'x'.repeat(2_046)}\u{1f600}${'y'.repeat(99_999)}`)
    const outcome = await guest.order('service.start', { name: 'ssh' })
    const message = 'message' in outcome ? outcome.message : ''
    expect(message.length).toBeLessThanOrEqual(2_048)
    expect(message.isWellFormed()).toBe(true)
  })

  test('is no secret of ours where it is a bug of ours; what the system refuses is told', async () => {
    const guest = new GuestMachine()
    guest.failure = new TypeError('x is undefined at /home/secret')
    expect(await guest.order('disk.show')).toMatchObject({ type: 'failed', code: 'failed' })
    expect(JSON.stringify(await guest.order('disk.show'))).not.toContain('secret')
    guest.failure = new QgaRefusal('the clock cannot be set')
    expect(await guest.order('time.set', {})).toEqual({
      type: 'failed',
      code: 'failed',
      message: 'the clock cannot be set',
    })
  })

  test('is nothing where it was cancelled before it began', async () => {
    const guest = new GuestMachine()
    guest.abort.abort(new Error('the host does not want it'))
    expect(codeOf(await guest.order('service.start', { name: 'ssh' }))).toBe('failed cancelled')
    expect(doneIn(guest)).toEqual([])
    expect(guest.audit.outcomes).toEqual(['service.start asked', 'service.start failed'])
  })

  test('ends with its programs when the agent does', async () => {
    const guest = new GuestMachine()
    await guest.commands[Symbol.asyncDispose]()
    expect(guest.runner.isDisposed).toBe(true)
  })
})
