// The start of flotilla-agent.
import { program } from './program.ts'

async function main(): Promise<void> {
  process.exitCode = await program(process.argv.slice(2))
}

// Without waiting for it: as one file this is a script of the old kind.
void main()
