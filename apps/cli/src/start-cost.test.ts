import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { fakeNode } from './testing/fake-node.ts'

const program = fileURLToPath(new URL('main.ts', import.meta.url))

/** Tells at the end which modules were loaded: those of Node, and files. */
const teller = `
import { registerHooks } from 'node:module'
const files = []
registerHooks({ load: (url, context, next) => { files.push(url); return next(url, context) } })
process.on('exit', () => console.error(JSON.stringify([...process.moduleLoadList, ...files])))
`

// What takes long to load is the largest part of a short command; each of these was once loaded by all of them.
test.each(['undici', 'NativeModule tls', 'packages/procmon', 'tls-agent', 'commands/ps.ts', 'commands/help.ts'])(
  'a command that only asks does not load %s',
  async (part) => {
    await using fake = await fakeNode({ 'GET /v1/history': { history: [] } })
    const importing = `data:text/javascript,${encodeURIComponent(teller)}`
    const words = ['--import', importing, program, 'history', '--data', fake.folder]
    const { stderr } = await promisify(execFile)(process.execPath, words)
    const loaded = JSON.parse(stderr) as readonly string[]
    expect(loaded.some((name) => name.includes('commands/history.ts'))).toBe(true)
    expect(loaded.filter((name) => name.includes(part))).toEqual([])
  },
)
