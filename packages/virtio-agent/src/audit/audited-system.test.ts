import { FlotillaError } from '@flotilla/core/errors'
import { describe, expect, test } from 'vitest'
import { QgaRefusal, type QgaSystem } from '../qga/contract.ts'
import { RecordedAudit } from '../testing/recorded-audit.ts'
import { auditedSystem } from './audited-system.ts'

/** As a real one: methods that need to be called on it. */
class SmallSystem implements QgaSystem {
  readonly #done: string[] = []
  readonly sshKeys: NonNullable<QgaSystem['sshKeys']>
  readonly freeze: NonNullable<QgaSystem['freeze']>
  readonly programs: NonNullable<QgaSystem['programs']>

  constructor() {
    const done = this.#done
    const told = (what: string): Promise<void> => Promise.resolve(void done.push(what))
    this.sshKeys = { get: () => Promise.resolve(['k']), add: () => told('add'), remove: () => told('remove') }
    this.freeze = {
      isFrozen: true,
      freeze: () => Promise.resolve(done.push('freeze')),
      thaw: () => Promise.resolve(done.push('thaw')),
    }
    this.programs = { start: () => Promise.resolve(done.push('start')), status: () => ({ isExited: false }) }
  }

  get done(): readonly string[] {
    return this.#done
  }

  hostName(): Promise<string> {
    return Promise.resolve(`vm${this.#done.length}`)
  }

  setTime(): Promise<void> {
    this.#done.push('setTime')
    return Promise.resolve()
  }

  shutdown(): Promise<void> {
    this.#done.push('shutdown')
    return Promise.reject(new QgaRefusal('no'))
  }

  setUserPassword(): Promise<void> {
    this.#done.push('setUserPassword')
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#done.push('dispose')
    return Promise.resolve()
  }
}

describe('what the QEMU guest agent changes', () => {
  test('is written down, and what it asks for is not', async () => {
    const [plain, audit] = [new SmallSystem(), new RecordedAudit()]
    const system: QgaSystem = auditedSystem(plain, audit)
    expect(await system.hostName?.()).toBe('vm0')
    expect(await system.sshKeys?.get('ann')).toEqual(['k'])
    expect(system.programs?.status(1)).toEqual({ isExited: false })
    expect(system.freeze?.isFrozen).toBe(true)
    expect(['trim', 'files'].map((name) => Reflect.get(system, name) as unknown)).toEqual([undefined, undefined])
    expect(audit.entries).toEqual([])
    await system.setTime?.(7n)
    await expect(system.shutdown?.('reboot')).rejects.toThrow('no')
    await system.setUserPassword?.('ann', new TextEncoder().encode('secret'), false)
    await system.sshKeys?.add('ann', ['ssh-ed25519 AAAA'], true)
    await system.programs?.start({ path: 'id', arguments: ['-u'], environment: ['A=secret'], capture: 'none' })
    await system[Symbol.asyncDispose]()
    expect(plain.done).toEqual(['setTime', 'shutdown', 'setUserPassword', 'add', 'start', 'dispose'])
    expect(audit.entries.map(({ action, target, outcome }) => `${action} ${target} ${outcome}`)).toEqual([
      'guest-set-time 7 asked',
      'guest-set-time 7 done',
      'guest-shutdown reboot asked',
      'guest-shutdown reboot failed',
      'guest-set-user-password ann asked',
      'guest-set-user-password ann done',
      'guest-ssh-add-authorized-keys ann asked',
      'guest-ssh-add-authorized-keys ann done',
      'guest-exec ["id","-u"] asked',
      'guest-exec ["id","-u"] done',
    ])
  })

  test('is not done where it cannot be written down, but for thawing and what the host can do anyway', async () => {
    const [plain, audit] = [new SmallSystem(), new RecordedAudit()]
    audit.failure = new FlotillaError('not-permitted', 'the audit log is damaged')
    const system = auditedSystem(plain, audit)
    await expect(system.setTime?.(7n)).rejects.toThrow(QgaRefusal)
    await expect(system.setUserPassword?.('ann', new Uint8Array(), false)).rejects.toThrow('the audit log is damaged')
    await expect(system.sshKeys?.add('ann', [], false)).rejects.toThrow(QgaRefusal)
    await expect(system.programs?.start({ path: 'id', arguments: [], capture: 'none' })).rejects.toThrow(QgaRefusal)
    expect(plain.done).toEqual([])
    await system.freeze?.freeze(undefined)
    await system.freeze?.thaw()
    await expect(system.shutdown?.('reboot')).rejects.toThrow('no')
    expect(plain.done).toEqual(['freeze', 'thaw', 'shutdown'])
  })
})
