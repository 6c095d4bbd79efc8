import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { BanPolicy, createBroadcasts, type Broadcasts, type Transport } from '@flotilla/transport'
import { asked, posted } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { object, text } from '../schema/building.ts'
import type { NotesAnswer, NoteEntry } from './answers.ts'
import { noteEntry, notesAnswer } from './schemas/cluster-schemas.ts'
import { noCluster, type Service, type ServiceParts } from './service.ts'

export interface NotesServiceOptions extends ServiceParts {
  readonly secretKey: Uint8Array
  readonly isRevoked: (id: NodeId) => boolean
  /** Those whose notes are taken, unless they were revoked, and what they are called. */
  readonly known: () => readonly { readonly id: NodeId; readonly name: string }[]
}

const noteDocument = object(
  { text: text({ lengthMax: nodeLimitsDefaults.noteLengthMax }) },
  { examples: [{ text: 'ann is restarted at noon' }] },
)
const noteType = 'node.note'
/** A note is read by people; what cannot be a text is shown as what it is. */
const decoder = new TextDecoder()

/**
 * What people tell all nodes: signed by the node where it was said, handed on by the others, so that it also reaches
 * nodes that are not connected with that one. It also judges who hands on what no correct node would.
 */
export class NotesService implements Service {
  readonly routes: readonly AnyRoute[]
  readonly #options: NotesServiceOptions
  readonly #policy = new BanPolicy()
  readonly #parts = new AsyncDisposableStack()
  /** The latest last; at most `notesKeptMax`. */
  readonly #notes: NoteEntry[] = []
  #begun: { readonly broadcasts: Broadcasts; readonly self: NodeId } | undefined

  constructor(options: NotesServiceOptions) {
    this.#options = options
    this.routes = [
      asked({
        path: '/v1/notes',
        about: { summary: 'what people told all nodes of late', answer: notesAnswer },
        get: () => this.answer(),
      }),
      posted({
        path: '/v1/notes/say',
        about: { summary: 'tell all nodes something', document: noteDocument, answer: noteEntry },
        post: (document) => this.#say(document.text),
      }),
    ]
  }

  /** At most once in the life of a node. */
  begin(transport: Transport): void {
    const policy = this.#policy
    const { crypto, secretKey, clock, entropy, metrics, known, isRevoked } = this.#options
    const logger = this.#options.logger.child({ part: 'notes' })
    const broadcasts = createBroadcasts({
      network: transport.network,
      crypto,
      secretKey,
      clock,
      entropy,
      prng: new Prng(entropy.bytes(4).reduce((seed, byte) => (seed << 8) | byte, 0)),
      member: (id) => !isRevoked(id) && known().some((node) => node.id === id),
      onOffence(offence) {
        const ban = policy.judge(offence, clock.now())
        logger.warn({ ...offence, banned: ban !== undefined }, 'a node did what no correct node does')
        if (ban !== undefined) transport.ban(ban.peer, ban)
      },
      logger,
      metrics,
    })
    this.#parts.use(broadcasts)
    this.#begun = { broadcasts, self: transport.network.self }
    this.#parts.use(
      broadcasts.subscribe(noteType, ({ from, payload, timestamp }) => {
        this.#keep(from, decoder.decode(payload).slice(0, nodeLimitsDefaults.noteLengthMax).toWellFormed(), timestamp)
      }),
    )
  }

  answer(): NotesAnswer {
    return { notes: this.#notes }
  }

  measure(): void {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync()
  }

  #say(said: string): NoteEntry {
    if (said.trim() === '') throw new FlotillaError('empty-note', 'there is nothing to say', { hint: 'write a text' })
    const begun = this.#begun
    if (begun === undefined) throw noCluster()
    begun.broadcasts.publish(noteType, new TextEncoder().encode(said))
    return this.#keep(begun.self, said, this.#options.clock.wallNow())
  }

  #keep(from: NodeId, said: string, wallMs: number): NoteEntry {
    const name = this.#options.known().find(({ id }) => id === from)?.name ?? ''
    const note = { at: new Date(wallMs).toISOString(), from, name, text: said }
    this.#notes.push(note)
    if (this.#notes.length > nodeLimitsDefaults.notesKeptMax) this.#notes.shift()
    this.#options.logger.info({ part: 'notes', ...note }, 'somebody told all nodes something')
    return note
  }
}
