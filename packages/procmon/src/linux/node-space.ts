import { spawn } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { FlotillaError } from '@flotilla/core/errors'
import type { FileSystemReading } from '../readings.ts'
import { parseSpace } from './parsing/space.ts'

export type Space = NonNullable<FileSystemReading['space']>

/** Asks for the space of what is mounted there. It may take for ever: the caller waits no longer than it wants to. */
export type AskSpace = (mount: string) => Promise<Space>

/** Through a thread of the pool, which is lost while it takes: for file systems that do not wait for others. */
export const askLocalSpace: AskSpace = async (mount) => {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(mount)
  return {
    totalBytes: blocks * bsize,
    freeBytes: bfree * bsize,
    availableBytes: bavail * bsize,
    files,
    filesFree: ffree,
  }
}

/**
 * In a process of its own, as a server that is gone would keep a thread of ours for ever: there are only four for all
 * files of this process, and Node does not end before each of them has (watched with version 24, by a pipe that nobody
 * opens). Such a process waits as long, but it can be killed and nobody waits for it.
 */
export function askRemoteSpace(msMax: number, program: string = 'stat'): AskSpace {
  return (mount) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, ['-f', '-c', '%S %b %f %a %c %d', '--', mount], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, LC_ALL: 'C' },
      })
      const timer = setTimeout(() => child.kill('SIGKILL'), msMax)
      let said = ''
      child.stdout.setEncoding('latin1').on('data', (text: string) => {
        if (said.length + text.length <= answerCharactersMax) said += text
      })
      child.on('error', (error) => {
        clearTimeout(timer)
        reject(error)
      })
      child.on('close', (code, signal) => {
        clearTimeout(timer)
        const space = parseSpace(said)
        if (code === 0 && space !== undefined) resolve(space)
        else reject(refusal(mount, code, signal, msMax))
      })
      // Whoever asked may end before it does.
      child.unref()
      timer.unref()
      unreferenced(child.stdout)
    })
}

const answerCharactersMax = 1_024

function unreferenced(stream: unknown): void {
  const { unref } = stream as { readonly unref?: () => void }
  unref?.call(stream)
}

function refusal(mount: string, code: number | null, signal: string | null, msMax: number): FlotillaError {
  if (signal !== null) return new FlotillaError('deadline-exceeded', `${mount} has not answered for ${msMax} ms`)
  return new FlotillaError('failed', `stat of ${mount} ended with ${code}`, { hint: `try \`stat -f ${mount}\`` })
}
