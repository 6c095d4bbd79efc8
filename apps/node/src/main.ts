// The start of flotillad. An old Node crashes on what the program imports (better-sqlite3 13 segfaults on Node 20), so
// this file imports nothing but the check of the engine, and everything else only after it.
//
// It keeps to what old Nodes parse. Nodes that cannot run TypeScript at all refuse this file by themselves when it is
// started from source; there `npm start` and `./flotilla` bring the right Node along.
import { engineProblem } from './engine.ts'

const problem = engineProblem(process.versions.node)
if (problem === undefined) {
  const words = process.argv.slice(2)
  if (words[0] === 'config') {
    const { runConfigProgram } = await import('./settings/config-program.ts')
    process.exitCode = await runConfigProgram(words.slice(1), process.env)
  } else {
    const { runDaemon } = await import('./daemon.ts')
    await runDaemon(words, process.env)
  }
} else {
  console.error(`flotillad: ${problem}`)
  process.exitCode = 1
}
