import { expect, test } from 'vitest'
import { nodeProgram } from './node-program.ts'

test('a node is started so that no signal opens the port of a debugger in it', () => {
  expect(nodeProgram().slice(0, -1)).toEqual(['--max-semi-space-size=2', '--disable-sigusr1'])
})
