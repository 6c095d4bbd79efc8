import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FlotillaError } from '@flotilla/core/errors'
import { packedNode } from './packed-node.ts'

/**
 * Received bytes are given back by collections of the new space, and with Node's usual size those come so rarely that
 * the whole heap is collected instead, for 5 to 9 ms each, on a busy connection.
 */
const smallNewSpace = '--max-semi-space-size=2'
/** By that signal Node would open the port of its debugger, to whoever is on this machine. */
const noDebugger = '--disable-sigusr1'

/**
 * What Node is started with to run a node. By its place in the checkout: apps do not depend on each other, so there is
 * no package to ask for; once both are published, this becomes the program `flotillad` on the path.
 */
export function nodeProgram(): readonly string[] {
  const path = fileURLToPath(new URL('../../../node/src/main.ts', import.meta.url))
  // Packed, it takes less memory and is ready sooner.
  if (existsSync(path))
    return [smallNewSpace, noDebugger, packedNode(fileURLToPath(new URL('../../../../', import.meta.url))) ?? path]
  throw new FlotillaError('program-missing', `the node program is not at ${path}`, {
    hint: 'run flotilla from a whole checkout',
  })
}
