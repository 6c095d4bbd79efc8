/**
 * Ten million bad inputs for both dialects: `node --expose-gc fuzz-dialects.ts [INPUTS] [SEED]`. Ends with an error
 * where the next good command is not answered, or where memory has grown.
 */
import { OwnGuestFuzz, OwnHostFuzz } from '../src/fuzz/own-fuzz.ts'
import { QgaFuzz } from '../src/fuzz/qga-fuzz.ts'
import { memoryQgaSystem } from '../src/testing/index.ts'

const inputsPerRound = 1_000
const dialects = 3
const reports = 10
/** What the engine itself may keep for code that has become hot. */
const growthBytesMax = 8_000_000

async function fuzz(inputs: number, seed: number): Promise<void> {
  const qga = new QgaFuzz(seed, memoryQgaSystem())
  const guest = new OwnGuestFuzz(seed)
  const host = new OwnHostFuzz(seed)
  const rounds = Math.ceil(inputs / (dialects * inputsPerRound))
  const heaps: number[] = []
  for (let round = 1; round <= rounds; round++) {
    await qga.feed(inputsPerRound)
    guest.feed(inputsPerRound)
    host.feed(inputsPerRound)
    const answers = { qga: await qga.answersNext(), guest: guest.answersNext(), host: host.answersNext() }
    if (!(answers.qga && answers.guest && answers.host)) {
      const told = JSON.stringify(answers)
      throw new Error(`round ${round} of seed ${seed}: the next good command was not answered: ${told}`)
    }
    if (round % Math.ceil(rounds / reports) !== 0 && round !== rounds) continue
    const counts = { answered: qga.answered, executed: guest.executed, effects: host.effects }
    heaps.push(report(dialects * round * inputsPerRound, counts))
  }
  const grown = (heaps.at(-1) ?? 0) - (heaps[0] ?? 0)
  if (grown > growthBytesMax) throw new Error(`the heap has grown by ${grown} bytes`)
}

/** What is on the heap, once everything is gone that may go. */
function report(inputs: number, counts: object): number {
  globalThis.gc?.()
  const { heapUsed, rss, arrayBuffers } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
  process.stdout.write(
    `${inputs} inputs: heap ${megabytes(heapUsed)} MB, buffers ${megabytes(arrayBuffers)} MB, ` +
      `resident ${megabytes(rss)} MB, processor ${((user + system) / 1e6).toFixed(0)} s, ${JSON.stringify(counts)}\n`,
  )
  return heapUsed + arrayBuffers
}

await fuzz(Number(process.argv[2] ?? 10_000_000), Number(process.argv[3] ?? 1))
