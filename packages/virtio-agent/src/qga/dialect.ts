import { silentLogger, type Logger } from '@flotilla/core/observe'
import { isExactObject, memberOf, writeJson, type ExactJson, type ExactObject } from '../lines/index.ts'
import { CheckedArguments } from './arguments.ts'
import { qgaCommands } from './command-table.ts'
import type { QgaCommand, QgaSurroundings } from './command.ts'
import { QgaRefusal, type QgaSystem } from './contract.ts'
import { validateQgaLimits, type QgaLimits } from './limits.ts'
import { OpenFiles } from './open-files.ts'
import { present } from './present.ts'

export interface QgaDialectOptions {
  readonly system: QgaSystem
  /** What `guest-info` says. */
  readonly version: string
  /** If it is given, no other command is run; `guest-sync` and its like always are. */
  readonly allowed?: readonly string[]
  /** These are not run, whatever is allowed. */
  readonly blocked?: readonly string[]
  readonly limits?: Partial<QgaLimits>
  readonly logger?: Logger
}

type ErrorClass = 'GenericError' | 'CommandNotFound'

class Failure extends Error {
  override readonly name = 'Failure'
  readonly class: ErrorClass

  constructor(errorClass: ErrorClass, message: string, options?: ErrorOptions) {
    super(message, options)
    this.class = errorClass
  }
}

/** A client that finds its way back asks for these, so nobody can take them away. */
const neverBlocked = ['guest-sync', 'guest-sync-delimited', 'guest-ping', 'guest-info']
const members = ['execute', 'arguments', 'id']
const flush = 0xff
const newline = 0x0a

/** What the QEMU guest agent answers to one request. One request at a time, as the original does. */
export class QgaDialect implements AsyncDisposable {
  readonly limits: QgaLimits
  readonly #system: QgaSystem
  readonly #files: OpenFiles
  readonly #commands: ReadonlyMap<string, QgaCommand>
  readonly #surroundings: QgaSurroundings
  readonly #options: QgaDialectOptions
  readonly #logger: Logger

  constructor(options: QgaDialectOptions) {
    this.limits = validateQgaLimits(options.limits)
    this.#options = options
    this.#system = options.system
    this.#logger = options.logger ?? silentLogger
    this.#files = new OpenFiles(this.limits.fileHandlesMax)
    this.#commands = new Map(qgaCommands.map((command) => [command.name, command]))
    this.#surroundings = {
      system: options.system,
      files: this.#files,
      replyContentBytesMax: this.limits.replyContentBytesMax,
      info: () => this.#info(),
    }
  }

  /** The bytes to send; undefined where the original says nothing. Never rejects. */
  async answer(request: ExactJson): Promise<Uint8Array | undefined> {
    const id = isExactObject(request) ? memberOf(request, 'id') : undefined
    try {
      const [command, given] = this.#checked(request)
      const value = await command.run(this.#surroundings, new CheckedArguments(given, command.arguments))
      if (command.isSilent === true) return undefined
      return encoded(present({ return: value, id }), command.name === 'guest-sync-delimited')
    } catch (error) {
      return this.#failed(error, id)
    }
  }

  /** The answer to bytes that were no request. */
  trouble(what: string): Uint8Array {
    return encoded({ error: { class: 'GenericError', desc: what } }, false)
  }

  get openFiles(): number {
    return this.#files.size
  }

  closeFiles(): Promise<void> {
    return this.#files.closeAll()
  }

  /** The system is its owner's. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#files[Symbol.asyncDispose]()
  }

  #checked(request: ExactJson): readonly [QgaCommand, ExactObject] {
    if (!isExactObject(request)) throw new QgaRefusal('QMP input must be a JSON object')
    for (const name of Object.keys(request)) {
      if (!members.includes(name)) throw new QgaRefusal(`QMP input member '${name}' is unexpected`)
    }
    const name = memberOf(request, 'execute')
    if (name === undefined) throw new QgaRefusal("QMP input lacks member 'execute'")
    if (typeof name !== 'string') throw new QgaRefusal("QMP input member 'execute' must be a string")
    const given = memberOf(request, 'arguments') ?? {}
    if (!isExactObject(given)) throw new QgaRefusal("QMP input member 'arguments' must be an object")
    const command = this.#commands.get(name)
    if (command === undefined) throw new Failure('CommandNotFound', `The command ${name} has not been found`)
    const obstacle = this.#obstacle(command)
    if (obstacle !== undefined) {
      throw new Failure('CommandNotFound', `Command ${name} has been disabled${obstacle}`)
    }
    return [command, given]
  }

  /** Why it is not run now, as it is put behind the sentence. */
  #obstacle(command: QgaCommand): string | undefined {
    if (!this.#isPermitted(command.name) || !command.isOffered(this.#system)) return ''
    const isFrozen = this.#system.freeze?.isFrozen === true
    return isFrozen && command.isForFrozen !== true ? ': the agent is in frozen state' : undefined
  }

  #isPermitted(name: string): boolean {
    if (neverBlocked.includes(name)) return true
    if (this.#options.blocked?.includes(name) === true) return false
    return this.#options.allowed?.includes(name) ?? true
  }

  #info(): ExactJson {
    return {
      version: this.#options.version,
      supported_commands: qgaCommands.map((command) => ({
        name: command.name,
        enabled: this.#obstacle(command) === undefined,
        'success-response': command.isSilent !== true,
      })),
    }
  }

  #failed(error: unknown, id: ExactJson | undefined): Uint8Array {
    if (!(error instanceof QgaRefusal || error instanceof Failure)) {
      this.#logger.error({ err: error }, 'a command of the QEMU guest agent failed')
    }
    const isTold = error instanceof QgaRefusal || error instanceof Failure
    const desc = isTold ? error.message : 'the guest agent failed at this command; its log says why'
    const errorClass = error instanceof Failure ? error.class : 'GenericError'
    return encoded(present({ error: { class: errorClass, desc }, id }), false)
  }
}

/** 0xFF before the line tells the client that nothing of an old one is left. */
function encoded(reply: ExactObject, isDelimited: boolean): Uint8Array {
  const text = new TextEncoder().encode(writeJson(reply))
  const line = new Uint8Array(text.length + (isDelimited ? 2 : 1))
  if (isDelimited) line[0] = flush
  line.set(text, isDelimited ? 1 : 0)
  line[line.length - 1] = newline
  return line
}
