/**
 * Resolves when every promise that is ready has run: one turn of Node's event loop. Nothing of the simulated world ever
 * waits for the real world, so after it the world stands still until the next event.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
