// The start of flotilla. An old Node lacks what the program imports, so this file imports nothing but the check of the
// engine, and everything else only after it.
import { engineProblem } from './engine.ts'

const problem = engineProblem(process.versions.node)
if (problem === undefined) {
  const { runCommandLine } = await import('./command-line.ts')
  process.exitCode = await runCommandLine(process.argv.slice(2), process.env)
} else {
  console.error(`flotilla: ${problem}`)
  process.exitCode = 1
}
