import manifest from '../../package.json' with { type: 'json' }
import { exitCodes } from '../exit-codes.ts'
import type { Command } from './command.ts'

export const versionCommand: Command = {
  name: 'version',
  summary: 'which Flotilla this is',
  usage: 'flotilla version',
  examples: [['flotilla version --json', 'for programs']],
  options: [],
  words: { least: 0, most: 0 },
  run() {
    const { version } = manifest
    const node = process.versions.node
    return Promise.resolve({
      exitCode: exitCodes.ok,
      lines: [`flotilla ${version}, on Node ${node}`],
      document: { version, node },
    })
  },
}
