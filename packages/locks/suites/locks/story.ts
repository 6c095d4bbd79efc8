import type { WorldView } from '@flotilla/sim'
import { HistoryRecorder, type LockInput, type LockOutput, type Operation } from '@flotilla/sim/history'

/** One exclusive lock from asking to letting go, for the history. Each is an owner of its own. */
export interface Chapter {
  granted(token: number): void
  /** It was not granted, or is not known to be: then whatever there was goes away unseen. */
  nothing(): void
  /** Letting go begins; call what it returns when the service has said that it knows. */
  letsGo(): () => void
}

/** Enough to be interesting, little enough to be judged at once. */
const chaptersMax = 150

/** What clients saw of exclusive locks, for the model of `@flotilla/sim/history`. */
export class Story {
  readonly #history: HistoryRecorder<LockInput, LockOutput>
  /** By owner: those of whose end nobody knows. */
  readonly #open = new Map<string, { readonly lock: string; readonly since: number }>()
  #chapters = 0

  constructor(world: WorldView) {
    this.#history = new HistoryRecorder({ nowMs: () => world.nowMs() })
  }

  begin(client: string, lock: string): Chapter | undefined {
    if (this.#chapters >= chaptersMax) return undefined
    const owner = `${client}#${++this.#chapters}`
    const history = this.#history
    const asked = history.invoke(owner, { type: 'acquire', lock, owner })
    let granted: number | undefined
    return {
      granted: (token) => {
        granted = token
        history.complete(asked, token)
        this.#open.set(owner, { lock, since: sequenceOf(history.operations()[asked]) })
      },
      nothing: () => history.fail(asked),
      letsGo: () => {
        if (granted === undefined) return () => {}
        const released = history.invoke(owner, { type: 'release', lock, owner, token: granted })
        return () => {
          this.#open.delete(owner)
          history.complete(released, true)
        }
      },
    }
  }

  /**
   * With each whose end nobody saw, the session may have ended at any time after its grant, and its lock with it. So an
   * end that may have happened is added there.
   */
  operations(): readonly Operation<LockInput, LockOutput>[] {
    const operations = this.#history.operations().map(spread)
    for (const [owner, { lock, since }] of this.#open) {
      operations.push({
        id: operations.length as Operation<LockInput, LockOutput>['id'],
        client: `session of ${owner}`,
        input: { type: 'expire', lock, owner },
        invoked: { sequence: 2 * since + 1, atMs: 0 },
        ending: { type: 'unknown' },
      })
    }
    return operations
  }
}

/** Makes room between any two moments. */
function spread<Input, Output>(operation: Operation<Input, Output>): Operation<Input, Output> {
  const { invoked, ending } = operation
  const twice = ({ sequence, atMs }: Operation<Input, Output>['invoked']) => ({ sequence: 2 * sequence, atMs })
  const end = ending.type === 'unknown' ? ending : { ...ending, at: twice(ending.at) }
  return { ...operation, invoked: twice(invoked), ending: end }
}

function sequenceOf(operation: Operation<LockInput, LockOutput> | undefined): number {
  return operation?.ending.type === 'completed' ? operation.ending.at.sequence : 0
}
