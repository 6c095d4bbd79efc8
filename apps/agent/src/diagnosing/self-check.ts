import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeClock } from '@flotilla/core/time/node'
import { openMachineSource } from '@flotilla/procmon/node'
import { systemFigures } from '@flotilla/procmon'
import { chosenWay, nodePacking } from '@flotilla/virtio-agent/node'

interface Check {
  readonly name: string
  /** What it found, for people; it throws where something is wrong. */
  readonly run: () => Promise<string>
}

const checks: readonly Check[] = [
  {
    name: 'the program',
    run: () => Promise.resolve(`Node ${process.versions.node}, ${process.platform} on ${process.arch}`),
  },
  {
    name: 'the way to use a device',
    run: () => Promise.resolve(chosenWay({ path: '', clock: nodeClock() }).name),
  },
  { name: 'signatures and hashes', run: () => Promise.resolve(checkCrypto()) },
  { name: 'compression', run: () => Promise.resolve(checkPacking()) },
  { name: 'the figures of this machine', run: checkFigures },
]

/** Tries out what the agent stands on, with no port and no host. */
export async function selfCheck(): Promise<{ readonly lines: readonly string[]; readonly isWell: boolean }> {
  const lines: string[] = []
  let isWell = true
  for (const { name, run } of checks) {
    try {
      lines.push(`fine     ${name}: ${await run()}`)
    } catch (error) {
      isWell = false
      lines.push(`PROBLEM  ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { lines, isWell }
}

function checkCrypto(): string {
  const crypto = nodeCrypto()
  const secret = new Uint8Array(32).fill(7)
  const text = new TextEncoder().encode('flotilla')
  const key = crypto.ed25519.publicKey(secret)
  if (!crypto.ed25519.verify(key, text, crypto.ed25519.sign(secret, text)))
    throw new Error('a signature is not accepted')
  return 'they agree with themselves'
}

function checkPacking(): string {
  const packing = nodePacking()
  const text = 'flotilla'.repeat(100)
  const packed = packing.pack(new TextEncoder().encode(text))
  if (new TextDecoder().decode(packing.unpack(packed, text.length)) !== text)
    throw new Error('what was packed is not unpacked')
  return packing.encoding
}

async function checkFigures(): Promise<string> {
  await using source = await openMachineSource()
  const { memory, problems } = systemFigures(undefined, await source.system())
  if (memory === undefined) throw new Error('there is no figure of the memory')
  return `${Math.round(memory.totalBytes / 2 ** 20)} MiB of memory, ${problems.length} figures that cannot be had`
}
