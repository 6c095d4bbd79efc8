import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'

/** From a terminal without showing it, else the first line of standard input; never from an argument, which all see. */
export async function askPassphrase(question: string): Promise<string> {
  const isTerminal = process.stdin.isTTY
  if (isTerminal) process.stderr.write(question)
  // An output that swallows the echo.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output, terminal: isTerminal })
  try {
    for await (const line of lines) return bounded(line)
    throw new FlotillaError('passphrase-missing', 'no passphrase was given', {
      hint: 'type it, or write it to standard input',
    })
  } finally {
    lines.close()
    if (isTerminal) process.stderr.write('\n')
  }
}

function bounded(line: string): string {
  if (Buffer.byteLength(line) <= cliLimitsDefaults.passphraseBytesMax) return line
  throw new FlotillaError('passphrase-too-long', 'the passphrase is too long', {
    hint: `use at most ${cliLimitsDefaults.passphraseBytesMax} bytes`,
  })
}
