import { assert } from '@flotilla/core/errors'
import { parentPort, workerData } from 'node:worker_threads'
import { DatabaseRunner } from './sql/node-database-runner.ts'
import { openDatabase } from './sql/node-open-database.ts'
import { unpackedCall } from './packed-calls.ts'
import { sentError, type ThreadAnswer, type ThreadOrder, type ThreadStart } from './thread-messages.ts'

/**
 * The program of a thread: opens the database, then performs what it is told, one order after the other, until it is
 * told to close.
 */
export function serveCatalogue(): void {
  assert(parentPort !== null, 'this is the program of a thread')
  const port = parentPort
  const answer = (message: ThreadAnswer): void => port.postMessage(message)
  try {
    const { path, limits } = workerData as ThreadStart
    const runner = new DatabaseRunner(openDatabase({ path, limits }), path, limits)
    port.on('message', (order: ThreadOrder) => {
      answer(performed(runner, order))
      if (order.type === 'close') port.close()
    })
    answer({ type: 'done' })
  } catch (error) {
    answer({ type: 'failed', error: sentError(error) })
  }
}

function performed(runner: DatabaseRunner, order: ThreadOrder): ThreadAnswer {
  if (order.type === 'close') {
    try {
      runner.close()
      return { type: 'done' }
    } catch (error) {
      return { type: 'failed', error: sentError(error) }
    }
  }
  const outcomes = runner.run(order.calls.map(unpackedCall))
  return {
    type: 'outcomes',
    outcomes: outcomes.map((outcome) =>
      outcome.type === 'done' ? outcome : { type: 'failed', error: sentError(outcome.error) },
    ),
  }
}
