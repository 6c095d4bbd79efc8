import { bytesText, durationText, safeText } from '@flotilla/core/text'
import { thingOf } from '../history/figure-names.ts'
import { figurePattern } from './figure-pattern.ts'

type Amount = (value: number) => string

const percent: Amount = (value) => `${Math.round(value * 100)} %`
const number: Amount = (value) => String(Math.round(value * 100) / 100)
const bytes: Amount = (value) => bytesText(Math.round(value))
const perSecond: Amount = (value) => `${number(value)} a second`
const bytesPerSecond: Amount = (value) => `${bytes(value)} a second`

/** What a figure says in words; `{}` is the thing. The first that fits counts. */
const sayings: readonly [figure: string, text: string, amount?: Amount][] = [
  ['fileSystem.*.used', '{} is full to', percent],
  ['fileSystem.*.filesUsed', '{} has used of the files it can hold', percent],
  ['fileSystem.*.hung', '{} does not answer'],
  ['fileSystem.*.availableBytes', '{} has room for', bytes],
  ['memory.used', 'memory is in use to', percent],
  ['container.memory', 'the memory of the container is in use to', percent],
  ['swap.used', 'swap is in use to', percent],
  ['load.perCore', 'the load for each core is', number],
  ['processor.*', 'the processor’s share of {} is', percent],
  ['core.*.usage', 'core {} is busy to', percent],
  ['pressure.*.full', 'everybody waited for {} during', percent],
  ['pressure.*.some', 'somebody waited for {} during', percent],
  ['temperature.*.celsius', '{} is at', (value) => `${Math.round(value)} °C`],
  ['temperature.*.ofCritical', '{} is hot: of its critical temperature it has', percent],
  ['power.*.battery', 'the battery {} is charged to', percent],
  ['disk.*.busy', 'the disk {} is busy to', percent],
  ['network.*.errors', '{} has errors:', perSecond],
  ['network.*.drops', '{} drops packets:', perSecond],
  ['network.*.received', '{} receives', bytesPerSecond],
  ['network.*.sent', '{} sends', bytesPerSecond],
  ['problem.*', '{} cannot be read'],
]

/** `/mnt/backup is full to 93 %`, for people; `heldMs` is for how long it has been so. */
export function raisedText(figure: string, value: number, heldMs: number): string {
  return heldMs < 1_000 ? statement(figure, value) : `${statement(figure, value)}, for ${durationText(heldMs / 1_000)}`
}

/** That it is over; without a value, that the figure is not there any more. */
export function overText(figure: string, value: number | undefined): string {
  const isThere = figure.startsWith('problem.') ? 'can be read again' : 'is not measured any more'
  if (value === undefined) return `over: ${thing(figure)} ${isThere}`
  return figure.endsWith('.hung') ? `over: ${thing(figure)} answers again` : `over: ${statement(figure, value)}`
}

function statement(figure: string, value: number): string {
  const found = sayings.find(([pattern]) => figurePattern(pattern)(figure))
  if (found === undefined) return `${safeText(figure)} is ${number(value)}`
  const [, text, amount] = found
  const filled = text.replace('{}', () => thing(figure))
  return amount === undefined ? filled : `${filled} ${amount(value)}`
}

/** The second word, as it is called outside of figures. */
function thing(figure: string): string {
  return safeText(thingOf(figure.split('.')[1] ?? figure))
}
