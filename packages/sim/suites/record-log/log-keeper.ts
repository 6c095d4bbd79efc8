import { diskPath } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import { openRecordLog, type RecordLog } from '@flotilla/core/record-log'
import { repeat, type Host, type Invariant } from '@flotilla/sim'

const path = diskPath('log/records')
const recordBytesMost = 1_200

/** What the log must hold, as those who were told so would say; it outlives every crash of the host. */
export class LogLedger {
  /** Records of which it was said that they are durable, in order. */
  readonly acknowledged: string[] = []
  /** Records that were appended after those, by the process that runs now or ran last. */
  appended: string[] = []
  /** What is wrong, as soon as something is. */
  broken: string | undefined
  readonly seen = { recoveries: 0, acknowledged: 0, refusedAsCorrupt: 0 }

  /** A process found these records; the rest of what was appended is lost for good, and rightly so. */
  recovered(found: readonly string[]): void {
    const expected = [...this.acknowledged, ...this.appended]
    const differs = found.findIndex((record, index) => record !== expected[index])
    if (differs !== -1) this.broken = `record ${differs} is not the one that was appended there`
    if (found.length < this.acknowledged.length) {
      this.broken = `${this.acknowledged.length} records were acknowledged, ${found.length} were found`
    }
    this.acknowledged.splice(0, this.acknowledged.length, ...found)
    this.appended = []
    this.seen.recoveries++
  }

  acknowledge(count: number): void {
    this.acknowledged.push(...this.appended.splice(0, count))
    this.seen.acknowledged += count
  }

  invariant(): Invariant {
    return {
      sentence:
        'Every acknowledged record is found again, in order and unchanged, and nothing that was never appended is.',
      check: () => this.broken,
    }
  }
}

/** Opens the log, checks what it holds, then appends and syncs for as long as it lives. */
export async function keepLog(host: Host, ledger: LogLedger, mayBeCorrupt: boolean): Promise<AsyncDisposable> {
  let log: RecordLog
  try {
    log = await openRecordLog({ disk: host.disk, path, entropy: host.entropy })
    const found: string[] = []
    for await (const { bytes } of log.records()) found.push(textOf(bytes))
    ledger.recovered(found)
  } catch (error) {
    return refused(host, ledger, error, mayBeCorrupt)
  }
  const acting = repeat(host, { pauseMs: [10, 200], act: () => appendSome(host, log, ledger) })
  return {
    async [Symbol.asyncDispose]() {
      await acting[Symbol.asyncDispose]()
      // Failing here is allowed, what the ledger says is not weakened by it.
      await Promise.resolve(log[Symbol.asyncDispose]()).catch(() => undefined)
    },
  }
}

async function appendSome(host: Host, log: RecordLog, ledger: LogLedger): Promise<void> {
  const records = Array.from({ length: host.random.between(1, 5) }, () =>
    host.random.bytes(host.random.below(recordBytesMost)),
  )
  try {
    log.append(records)
    ledger.appended.push(...records.map(textOf))
    const covered = ledger.appended.length
    await log.sync()
    ledger.acknowledge(covered)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'disk-full' || code === 'overloaded') return // There may be room later; nothing is lost.
    host.exit(`the log failed: ${String(error)}`)
  }
}

/** The log cannot be used: a disk that failed is tried again after a restart, a damaged one is left alone. */
function refused(host: Host, ledger: LogLedger, error: unknown, mayBeCorrupt: boolean): AsyncDisposable {
  const code = codeOf(error)
  if (code === 'corrupt' && mayBeCorrupt) ledger.seen.refusedAsCorrupt++
  else if (code === 'disk-full' || code === 'io-failed' || code === 'poisoned') host.exit(String(error))
  else host.fail('A log that no disk has damaged opens.', String(error))
  return { [Symbol.asyncDispose]: async () => {} }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof FlotillaError ? String(error.code) : undefined
}

/** Two records are equal exactly if their texts are. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes)
}
