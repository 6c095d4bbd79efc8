// The start of flotilla. An old Node lacks what the program imports, so this file imports nothing but the check of the
// engine, and everything else only after it.
import nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'
import { engineProblem } from './engine.ts'

const problem = engineProblem(process.versions.node)
if (problem === undefined) {
  // What is made of our TypeScript is kept, in the checkout as the set-up has it; never in a folder of the system's for
  // temporary files, where another user could put a program for us to run.
  if (import.meta.url.endsWith('.ts')) {
    nodeModule.enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/compiled', import.meta.url)))
  }
  const { runCommandLine } = await import('./command-line.ts')
  process.exitCode = await runCommandLine(process.argv.slice(2), process.env)
} else {
  console.error(`flotilla: ${problem}`)
  process.exitCode = 1
}
