import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FlotillaError } from '@flotilla/core/errors'

/**
 * By its place in the checkout. Apps do not depend on each other, so there is no package to ask for; once both are
 * published, this becomes the program `flotillad` on the path.
 */
export function nodeProgram(): string {
  const path = fileURLToPath(new URL('../../../node/src/main.ts', import.meta.url))
  if (existsSync(path)) return path
  throw new FlotillaError('program-missing', `the node program is not at ${path}`, {
    hint: 'run flotilla from a whole checkout',
  })
}
