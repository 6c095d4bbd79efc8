/** The child of a test. */
import { serve, Tally, tallyOrders } from '../src/testing/node-child-process.ts'

const tally = new Tally()

serve({
  ...tallyOrders(tally),
  add: (count: number) => tally.add(count),
  echo: (value: unknown) => value,
  fail(sentence: string) {
    throw new Error(sentence)
  },
  never: () => new Promise(() => {}),
})
