import { spawn } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import type { Line } from '../terminal/lines.ts'
import { dataOption, nodeOf, type Call, type Command } from './command.ts'

export const openCommand: Command = {
  name: 'open',
  summary: 'open the page of a node in a browser, logged in; the address is good once, for ten minutes',
  usage: 'flotilla open [--print] [--data FOLDER]',
  examples: [
    ['flotilla open', 'the page in the browser of this machine'],
    ['flotilla open --print', 'only the address, to be opened elsewhere'],
  ],
  options: [{ name: 'print', placeholder: '', description: 'only print the address' }, dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const place = nodeOf(call)
    const client = await NodeClient.of(place)
    const login = await client.post('/v1/login-codes', {}, (answer) => ({
      code: answer.text('code'),
      url: answer.text('url'),
      expiresAt: answer.text('expiresAt'),
    }))
    // The node knows itself by an address of its own machine.
    const url = typeof place === 'string' ? login.url : `${client.url}/login#code=${login.code}`
    const isOpened = typeof place === 'string' && canOpen(call) && (await openedIn(place, url))
    const hint: Line = isOpened ? 'It opens in a browser; if none comes, use this address:' : 'Open this address:'
    return {
      exitCode: exitCodes.ok,
      lines: [hint, '', [{ tone: 'strong', text: url }], '', `It logs in once, until ${login.expiresAt}.`],
      document: { url, expiresAt: login.expiresAt, opened: isOpened },
    }
  },
}

function canOpen({ options, environment }: Call): boolean {
  if (options.has('print') || options.has('json') || !process.stdout.isTTY) return false
  const hasDesktop = Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY'])
  return process.platform === 'darwin' || process.platform === 'win32' || hasDesktop
}

/**
 * Everybody on this machine sees the arguments of programs, and the address opens the node: so the browser is given a
 * file that leads there, which only its owner can read.
 */
async function openedIn(folder: string, url: string): Promise<boolean> {
  const path = join(resolve(folder), 'open.html')
  try {
    await writeFile(path, '', { mode: 0o600 })
    await chmod(path, 0o600)
    await writeFile(path, `<!doctype html><meta http-equiv="refresh" content="0; url=${url}"><title>Flotilla</title>\n`)
  } catch {
    return false // The address is printed anyway.
  }
  const [program, ...words] = openers[process.platform] ?? ['xdg-open']
  const child = spawn(program, [...words, pathToFileURL(path).href], { stdio: 'ignore', detached: true })
  return await new Promise((answered) => {
    child.on('error', () => answered(false))
    child.on('spawn', () => {
      child.unref()
      answered(true)
    })
  })
}

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [program: string, ...words: readonly string[]]>>> = {
  darwin: ['open'],
  win32: ['explorer.exe'],
}
