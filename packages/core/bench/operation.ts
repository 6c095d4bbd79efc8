import type { Running } from '@flotilla/core/testing'

/** Work that is one call, again and again. */
export function each(operation: () => unknown): Running {
  return {
    work(count) {
      for (let done = 0; done < count; done++) operation()
      return count
    },
  }
}

/** Asynchronous work, so many at a time: whoever is through with one begins the next. */
export function outstanding(atOnce: number, operation: () => Promise<unknown>): Running {
  return {
    async work(count) {
      let left = count
      const client = async (): Promise<void> => {
        while (left-- > 0) await operation()
      }
      await Promise.all(Array.from({ length: atOnce }, client))
      return count
    },
  }
}
