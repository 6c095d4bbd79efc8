export let count = 0
const seen = new Map<string, number>()
const table: number[] = []
const shared = { last: '' } satisfies { last: string }
for (let index = 0; index < 256; index++) table[index] = index
console.log('imported')
export const answer = await Promise.resolve(42)

export function remember(name: string): void {
  seen.set(name, count++)
  shared.last = name
  delete shared.last
}

export class Counter {
  static #made = 0
  static {
    Counter.#made++
  }
}
