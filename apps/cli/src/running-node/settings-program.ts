import { execFile } from 'node:child_process'
import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeAnswer } from './node-answer.ts'
import { nodeProgram } from './node-program.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Asks the node program about settings: it has their schema. No node is started for it. What it refuses is thrown as it
 * says it.
 */
export async function askSettingsProgram(words: readonly string[], environment: Environment): Promise<NodeAnswer> {
  const said = NodeAnswer.parse(await outputOf([...nodeProgram(), 'config', ...words], environment))
  const refusal = said.maybe('error', () => said.object('error'))
  if (refusal === undefined) return said
  throw new FlotillaError(refusal.text('code'), refusal.text('message'), { hint: refusal.text('hint') })
}

function outputOf(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { settingsMsMax: timeout, answerBytesMax: maxBuffer } = cliLimitsDefaults
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env, timeout, maxBuffer }, (error, stdout, stderr) => {
      // It ends with 1 where something is wrong with the settings, and says what on its output.
      if (stdout !== '') return resolve(stdout)
      const reason = stderr.trim().split('\n').at(-1) ?? error?.message ?? ''
      const hint = 'run flotilla from a whole checkout'
      reject(new FlotillaError('program-failed', `the node program said nothing of settings (${reason})`, { hint }))
    })
  })
}
