import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Timing } from '@flotilla/core/testing'
import { firstLineOf } from '../installed.ts'

/** About what our processes have. */
const columns = 'pid,ppid,user,state,time,rss,nlwp,ni,lstart,comm,args'

export function psName(): string {
  return firstLineOf('ps', '--version') ?? 'ps'
}

/** How much of the processor one `ps` of all processes takes, its start included; undefined where there is none. */
export function listing(times: number): Timing | undefined {
  if (firstLineOf('ps', '--version') === undefined) return undefined
  return {
    async time() {
      const loop = `for ((i = 0; i < ${times}; i++)); do ps -eo ${columns} >/dev/null; done`
      const script = `TIMEFORMAT='%U %S'; time (${loop})`
      const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'ignore', 'pipe'] })
      let said = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
      await once(child, 'close')
      const [user = NaN, system = NaN] = (said.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number)
      return ((user + system) * 1_000) / times
    },
  }
}
