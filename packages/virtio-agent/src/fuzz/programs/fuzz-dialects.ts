/**
 * Ten million bad inputs for both dialects: `node --expose-gc fuzz-dialects.ts [INPUTS] [SEED]`. Ends with an error
 * where the next good command is not answered, or where memory has grown.
 */
import { memoryQgaSystem } from '../../testing/index.ts'
import { OwnGuestFuzz, OwnHostFuzz } from '../own-fuzz.ts'
import { QgaFuzz } from '../qga-fuzz.ts'

const inputs = Number(process.argv[2] ?? 10_000_000)
const seed = Number(process.argv[3] ?? 1)
const inputsPerRound = 1_000
const reports = 10
/** What the engine itself may keep for code that has become hot. */
const growthBytesMax = 8_000_000

const qga = new QgaFuzz(seed, memoryQgaSystem())
const guest = new OwnGuestFuzz(seed)
const host = new OwnHostFuzz(seed)
const rounds = Math.ceil(inputs / (3 * inputsPerRound))
const heaps: number[] = []

for (let round = 1; round <= rounds; round++) {
  await qga.feed(inputsPerRound)
  guest.feed(inputsPerRound)
  host.feed(inputsPerRound)
  const answers = { qga: await qga.answersNext(), guest: guest.answersNext(), host: host.answersNext() }
  if (!(answers.qga && answers.guest && answers.host)) {
    throw new Error(
      `round ${round} of seed ${seed}: the next good command was not answered: ${JSON.stringify(answers)}`,
    )
  }
  if (round % Math.ceil(rounds / reports) === 0) report(round)
}

const [first = 0] = heaps
const grown = (heaps.at(-1) ?? 0) - first
if (grown > growthBytesMax) throw new Error(`the heap has grown by ${grown} bytes`)

function report(round: number): void {
  globalThis.gc?.()
  const { heapUsed, rss, arrayBuffers } = process.memoryUsage()
  heaps.push(heapUsed + arrayBuffers)
  const { user, system } = process.cpuUsage()
  const count = { answered: qga.answered, executed: guest.executed, effects: host.effects }
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
  process.stdout.write(
    `${3 * round * inputsPerRound} inputs: heap ${megabytes(heapUsed)} MB, buffers ${megabytes(arrayBuffers)} MB, ` +
      `resident ${megabytes(rss)} MB, processor ${((user + system) / 1e6).toFixed(0)} s, ${JSON.stringify(count)}\n`,
  )
}
