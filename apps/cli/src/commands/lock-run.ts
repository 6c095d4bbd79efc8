import { FlotillaError } from '@flotilla/core/errors'
import { safeText } from '@flotilla/core/text'
import { lockRunCodeMeanings } from '../exit-codes.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { runGuarded } from '../locking/guarded-command.ts'
import { acquireHold, type Hold, type HoldWish } from '../locking/hold.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { NodeRefusal } from '../running-node/node-refusal.ts'
import { nodeOf, dataOption, wrongUsage, type Call, type Command } from './command.ts'
import { secondsIn } from './duration.ts'
import { whoText } from './lock-answer.ts'

export const lockRunCommand: Command = {
  name: 'lock run',
  summary: 'run a command while holding a lock that the whole cluster knows; its exit code comes back',
  usage: 'flotilla lock run KEY [--shared] [--timeout TIME] [--wait|--no-wait] [--data FOLDER] -- COMMAND...',
  examples: [
    ['flotilla lock run nightly -- ./backup.sh', 'on one machine at a time'],
    ['flotilla lock run deploy --timeout 10m -- make deploy', 'unless it takes longer to get the lock'],
    ['flotilla lock run report --no-wait -- ./report', 'unless somebody is at it'],
  ],
  exitCodes: lockRunCodeMeanings,
  options: [
    { name: 'shared', placeholder: '', description: 'beside others that share it; default: nobody else' },
    { name: 'timeout', placeholder: 'TIME', description: 'how long to wait for it at most, as 30s; default: for ever' },
    { name: 'wait', placeholder: '', description: "wait for one's turn; the default" },
    { name: 'no-wait', placeholder: '', description: 'give up at once where somebody else holds it' },
    dataOption,
  ],
  words: { least: 2, most: Infinity },
  async run(call) {
    const wish = wishOf(call)
    const [, command = '', ...args] = call.words
    await using hold = await held(call, wish)
    const { key, token } = hold
    const env = { ...call.environment, FLOTILLA_LOCK_KEY: key, FLOTILLA_FENCING_TOKEN: String(token) }
    const exitCode = await runGuarded({ command, args, env, hold, killGraceMs: cliLimitsDefaults.killGraceMs })
    if (hold.loss === undefined) return { exitCode, lines: [], document: undefined }
    throw new FlotillaError('lock-lost', `the lock ${JSON.stringify(key)} was lost while the command ran`, {
      hint: `it was made to end, because ${hold.loss}`,
    })
  },
}

function wishOf({ words: [key = '', command = ''], options }: Call): HoldWish {
  if (options.has('wait') && options.has('no-wait')) throw wrongUsage('--wait and --no-wait are both given', 'give one')
  const timeout = options.get('timeout')
  if (timeout !== undefined && options.has('no-wait')) throw wrongUsage('--timeout is given with --no-wait', 'give one')
  const seconds = timeout === undefined ? undefined : secondsIn(timeout, 'timeout')
  const most = cliLimitsDefaults.lockTimeoutSecondsMax
  if (seconds !== undefined && seconds > most) throw wrongUsage('--timeout is too long', `give ${most}s at most`)
  return {
    key,
    mode: options.has('shared') ? 'shared' : 'exclusive',
    wait: !options.has('no-wait'),
    ...(seconds === undefined ? {} : { timeoutMs: seconds * 1_000 }),
    // The arguments may be secret, the name of the program is not.
    value: `${command.split('/').at(-1) ?? ''}, process ${process.pid}`,
  }
}

/** As `acquireHold`, with what a script can tell apart for each way in which it fails. */
async function held(call: Call, wish: HoldWish): Promise<Hold> {
  try {
    const client = await NodeClient.of(nodeOf(call))
    return await acquireHold(client, wish, ({ key, holders }) => {
      if (!process.stderr.isTTY) return
      const who = holders.map(whoText).join('; ')
      console.error(safeText(`flotilla: waiting for ${key}${who === '' ? '' : `, which is held by ${who}`}`))
    })
  } catch (error) {
    if (!(error instanceof FlotillaError) || error.code === 'wrong-usage') throw error
    const refusal = error instanceof NodeRefusal ? error.refusal : ''
    const code = codes[refusal] ?? 'lock-failed'
    throw new FlotillaError(code, error.message, { ...(error.hint && { hint: error.hint }), cause: error })
  }
}

const codes: Readonly<Record<string, string>> = { busy: 'lock-busy', 'deadline-exceeded': 'lock-timeout' }
