import { ManualClock } from '@flotilla/core/testing'
import { ScriptedMachine } from '@flotilla/procmon/testing'
import { guestActions, type GuestActionsOptions } from '../actions/guest-actions.ts'
import type { FileShelf, PackageManager, PackageState, ServiceManager, ServiceState } from '../actions/ports.ts'
import type { CommandOrder, CommandOutcome, CommandRun, GuestCommands, ProgressPiece } from '../contract.ts'
import type { QgaSystem } from '../qga/contract.ts'
import { RecordedAudit } from './recorded-audit.ts'
import { ScriptedRunner, type ScriptedAnswer } from './scripted-runner.ts'

/** A guest whose every port is scripted, and what was asked of each. */
export class GuestMachine {
  readonly clock: ManualClock = new ManualClock()
  readonly machine: ScriptedMachine = new ScriptedMachine({ clock: this.clock })
  readonly audit: RecordedAudit = new RecordedAudit()
  readonly runner: ScriptedRunner
  readonly asked: string[] = []
  readonly progress: ProgressPiece[] = []
  readonly abort: AbortController = new AbortController()
  services: readonly ServiceState[] = []
  packages: readonly PackageState[] = []
  isFrozen = false
  /** What every port rejects with. */
  failure: Error | undefined
  readonly commands: GuestCommands

  constructor(
    options: Partial<GuestActionsOptions> = {},
    script: (line: string) => ScriptedAnswer | undefined = () => ({}),
  ) {
    this.runner = new ScriptedRunner((program) => script([program.path, ...program.arguments].join(' ')))
    const { clock, audit, runner, machine } = this
    this.commands = guestActions({
      policy: { allowsUnsafe: true },
      audit,
      clock,
      about: { agentVersion: '1.2', hostName: () => 'vm1' },
      figures: {
        collect: (detail) => this.#ask(`metrics ${detail}`, { system: { wallMs: 1, bootId: 'b', problems: [] } }),
      },
      source: machine,
      control: {
        signal: (process, signal) =>
          this.#ask(`${signal} ${process.bootId} ${process.pid} ${process.startTicks}`, undefined),
        setNice: (process, nice) =>
          this.#ask(`nice ${nice} ${process.bootId} ${process.pid} ${process.startTicks}`, undefined),
      },
      runner,
      system: this.#system(),
      services: this.#services(),
      packages: this.#packages(),
      files: this.#files(),
      ...options,
    })
  }

  order(
    command: CommandOrder['command'],
    given: Readonly<Record<string, unknown>> = {},
    more: Partial<CommandOrder> = {},
  ): Promise<CommandOutcome> {
    const run: CommandRun = { signal: this.abort.signal, progress: (piece) => void this.progress.push(piece) }
    const order = { command, arguments: given, actor: 'ann', isSigned: false, timeoutMs: 60_000, ...more }
    return this.commands.run(order, run)
  }

  #ask<Value>(what: string, value: Value): Promise<Value> {
    this.asked.push(what)
    if (this.failure !== undefined) return Promise.reject(this.failure)
    return Promise.resolve(value)
  }

  #system(): QgaSystem {
    const { asked } = this
    const isFrozen = (): boolean => this.isFrozen
    return {
      osInfo: () => this.#ask('osInfo', { id: 'debian' }),
      timezone: () => this.#ask('timezone', { zone: 'UTC', offsetSeconds: 0 }),
      interfaces: () => this.#ask('interfaces', [{ name: 'eth0', addresses: [] }]),
      routes: () => this.#ask('routes', []),
      fileSystems: () => this.#ask('fileSystems', [{ name: 'sda1', mount: '/', type: 'ext4', disks: [] }]),
      disks: () => this.#ask('disks', [{ name: 'sda', isPartition: false }]),
      users: () => this.#ask('users', [{ user: 'ann', loginTimeSeconds: 1 }]),
      shutdown: (mode) => this.#ask(`shutdown ${mode}`, undefined),
      setTime: (time) => this.#ask(`setTime ${time}`, undefined),
      freeze: {
        freeze: () => Promise.resolve(asked.push('freeze')),
        thaw: () => Promise.resolve(asked.push('thaw')),
        get isFrozen() {
          return isFrozen()
        },
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  }

  #services(): ServiceManager {
    return {
      list: () => this.#ask('services', this.services),
      act: (name, act) => this.#ask(`${act} ${name}`, undefined),
    }
  }

  #packages(): PackageManager {
    return {
      name: 'apt',
      list: () => this.#ask('packages', this.packages),
      search: (text) => this.#ask(`search ${text}`, this.packages),
      act: (names, act) => this.#ask(`${act} ${names.join(',')}`, undefined),
    }
  }

  #files(): FileShelf {
    const bytes = new TextEncoder().encode('hello')
    return {
      isWritable: true,
      read: (path, { position, bytesMax }) => {
        const piece = { bytes: bytes.subarray(position, position + bytesMax), fileBytes: bytes.length }
        return this.#ask(`read ${path} ${position} ${bytesMax}`, piece)
      },
      write: (path, content, { replaces }) => this.#ask(`write ${path} ${content.length} ${replaces}`, undefined),
      begin: (path, { replaces }) =>
        this.#ask(`begin ${path} ${replaces}`, {
          append: (content) => this.#ask(`append ${content.length}`, undefined),
          commit: () => this.#ask('commit', undefined),
          [Symbol.asyncDispose]: async () => void this.asked.push('close'),
        }),
      list: (path, filesMax) =>
        this.#ask(`list ${path} ${filesMax}`, {
          files: [{ name: 'a', type: 'file' as const, bytes: 5, changedAtMs: 1 }],
          isCut: false,
        }),
    }
  }
}
