import type { AuditEntry } from '@flotilla/core/audit'
import { FlotillaError } from '@flotilla/core/errors'
import { QgaRefusal, type QgaSystem } from '../qga/contract.ts'
import type { ActionAudit } from './guest-audit.ts'

/** Who it was, as far as that dialect says: nobody knows more than that it came from the host. */
const actor = 'qga'

/**
 * - `first`: written down before it is done, or not done.
 * - `noted`: what the host can do to the guest without asking it, and thawing: never kept waiting by a log.
 */
type Strictness = 'first' | 'noted'

/**
 * The same system, with everything in the audit log that the QEMU guest agent's commands change. What they only ask for
 * is not written down: that dialect is asked every few seconds, and cannot say by whom.
 */
export function auditedSystem(system: QgaSystem, audit: ActionAudit): QgaSystem {
  const changed = changesOf(system, new Writer(audit))
  return new Proxy(system, {
    get(target, name) {
      if (Object.hasOwn(changed, name)) return changed[name as keyof typeof changed]
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

class Writer {
  readonly #audit: ActionAudit

  constructor(audit: ActionAudit) {
    this.#audit = audit
  }

  async done<Result>(
    strictness: Strictness,
    action: string,
    target: string,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const entry = (outcome: AuditEntry['outcome']): AuditEntry => ({
      actor,
      action: `guest-${action}`,
      target,
      outcome,
    })
    if (strictness === 'noted') this.#audit.note(entry('asked'))
    else await this.#audit.write(entry('asked')).catch(refuse)
    try {
      const result = await work()
      this.#audit.note(entry('done'))
      return result
    } catch (error) {
      this.#audit.note(entry('failed'))
      throw error
    }
  }
}

function refuse(error: unknown): never {
  throw new QgaRefusal(error instanceof FlotillaError ? error.sentence : 'it could not be written to the audit log')
}

type Changed = { -readonly [Name in keyof QgaSystem]?: QgaSystem[Name] }

function changesOf(system: QgaSystem, writer: Writer): Changed {
  const { freeze, sshKeys, files, programs } = system
  return {
    ...machineChanges(system, writer),
    ...(freeze === undefined ? {} : { freeze: freezing(freeze, writer) }),
    ...(sshKeys === undefined
      ? {}
      : {
          sshKeys: {
            get: (user) => sshKeys.get(user),
            add: (user, keys, isReset) =>
              writer.done(
                'first',
                'ssh-add-authorized-keys',
                `${user}: ${keys.length}${isReset ? ', no others' : ''}`,
                () => sshKeys.add(user, keys, isReset),
              ),
            remove: (user, keys) =>
              writer.done('first', 'ssh-remove-authorized-keys', `${user}: ${keys.length}`, () =>
                sshKeys.remove(user, keys),
              ),
          },
        }),
    ...(files === undefined
      ? {}
      : {
          files: {
            open: (path, mode) => writer.done('first', 'file-open', `${mode} ${path}`, () => files.open(path, mode)),
          },
        }),
    ...(programs === undefined
      ? {}
      : {
          programs: {
            start: (program) =>
              writer.done('first', 'exec', JSON.stringify([program.path, ...program.arguments]), () =>
                programs.start(program),
              ),
            status: (pid) => programs.status(pid),
          },
        }),
  }
}

function machineChanges(system: QgaSystem, writer: Writer): Changed {
  const changed: Changed = {}
  const { setTime, shutdown, suspend, setVcpus, setMemoryBlocks, trim, setUserPassword } = system
  if (setTime !== undefined) {
    changed.setTime = (nanoseconds) =>
      writer.done('first', 'set-time', String(nanoseconds ?? 'from the hardware clock'), () =>
        setTime.call(system, nanoseconds),
      )
  }
  if (shutdown !== undefined) {
    changed.shutdown = (mode) => writer.done('noted', 'shutdown', mode, () => shutdown.call(system, mode))
  }
  if (suspend !== undefined) {
    changed.suspend = (mode) => writer.done('noted', `suspend-${mode}`, '', () => suspend.call(system, mode))
  }
  if (setVcpus !== undefined) {
    changed.setVcpus = (wanted) =>
      writer.done('first', 'set-vcpus', JSON.stringify(wanted), () => setVcpus.call(system, wanted))
  }
  if (setMemoryBlocks !== undefined) {
    changed.setMemoryBlocks = (wanted) =>
      writer.done('first', 'set-memory-blocks', JSON.stringify(wanted), () => setMemoryBlocks.call(system, wanted))
  }
  if (trim !== undefined) {
    changed.trim = (bytes) => writer.done('noted', 'fstrim', String(bytes), () => trim.call(system, bytes))
  }
  if (setUserPassword !== undefined) {
    changed.setUserPassword = (user, password, isCrypted) =>
      writer.done('first', 'set-user-password', user, () => setUserPassword.call(system, user, password, isCrypted))
  }
  return changed
}

function freezing(freeze: NonNullable<QgaSystem['freeze']>, writer: Writer): NonNullable<QgaSystem['freeze']> {
  return {
    get isFrozen() {
      return freeze.isFrozen
    },
    freeze: (mounts) =>
      writer.done('noted', 'fsfreeze-freeze', mounts === undefined ? 'all' : JSON.stringify(mounts), () =>
        freeze.freeze(mounts),
      ),
    thaw: () => writer.done('noted', 'fsfreeze-thaw', '', () => freeze.thaw()),
  }
}
