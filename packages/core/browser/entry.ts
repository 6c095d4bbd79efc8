import { cryptoConformance } from '../src/crypto/conformance/index.ts'
import { fromHex, toHex } from '../src/crypto/conformance/hex.ts'
import { nobleCrypto } from '../src/crypto/noble.ts'
import { EnvelopeGate, sealEnvelope } from '../src/envelope/index.ts'
import { parseNodeId } from '../src/ids/index.ts'
import type { WallMillis } from '../src/time/index.ts'

export interface BrowserReport {
  readonly casesRun: number
  readonly failures: readonly string[]
  /** The envelope of the fixture, sealed again here. */
  readonly sealedAgain: string
}

/** What the page runs: all vectors, then the stored envelope, which Node has sealed. */
export async function check(fixture: string, secretKey: string, now: number): Promise<BrowserReport> {
  const crypto = nobleCrypto()
  const cases = cryptoConformance(crypto)
  const failures: string[] = []
  for (const one of cases) await one.run().catch((error: unknown) => failures.push(`${one.name}: ${String(error)}`))
  const opened = new EnvelopeGate({ crypto }).open(fromHex(fixture), now as WallMillis)
  if (parseNodeId(opened.sender.toUpperCase()) !== opened.sender) failures.push(`the sender is ${opened.sender}`)
  const sealed = sealEnvelope({ ...opened, crypto, secretKey: fromHex(secretKey) })
  return { casesRun: cases.length, failures, sealedAgain: toHex(sealed) }
}
