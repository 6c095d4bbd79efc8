import { FlotillaError } from '@flotilla/core/errors'
import { exitCodes } from '../../exit-codes.ts'
import type { NodeAnswer } from '../../running-node/node-answer.ts'
import { NodeClient } from '../../running-node/node-client.ts'
import { columns } from '../../terminal/lines.ts'
import { dataOption, nodeOf, shown, type Command } from '../command.ts'
import { secondsIn } from '../duration.ts'
import { roleIn, roleOption } from './role-option.ts'

interface Token {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly until: string
  readonly createdAt: string
}

/** As many digits of a number as are shown; any that name one token alone may be given. */
const idDigitsShown = 8

export const tokenCreateCommand: Command = {
  name: 'token create',
  summary: 'make a token by which programs ask the nodes of the cluster; where its authority is',
  usage: 'flotilla token create NAME [--role viewer|operator|admin] [--ttl 30d] [--data FOLDER]',
  examples: [
    ['flotilla token create prometheus --ttl 365d', 'for a program that only looks'],
    ['FLOTILLA_TOKEN=… flotilla nodes --at https://node1:7400', 'from another machine'],
  ],
  options: [
    roleOption,
    { name: 'ttl', placeholder: 'TIME', description: 'how long it is good, up to 400d; default: 30d' },
    dataOption,
  ],
  words: { least: 1, most: 1 },
  async run(call) {
    const [name = ''] = call.words
    const ttlSeconds = secondsIn(call.options.get('ttl') ?? '30d', 'ttl')
    const client = await NodeClient.of(nodeOf(call))
    const made = await client.post('/v1/tokens/create', { name, role: roleIn(call), ttlSeconds }, (answer) => ({
      token: answer.text('token'),
      id: answer.text('id'),
      name: answer.text('name'),
      role: answer.text('role'),
      until: answer.text('until'),
    }))
    return {
      exitCode: exitCodes.ok,
      lines: [
        [{ tone: 'strong', text: made.token }],
        '',
        `Good for ${made.name} as ${made.role} at every node of the cluster until ${made.until}.`,
        'Nobody can show it again.',
        `\`flotilla token revoke ${made.id.slice(0, idDigitsShown)}\` makes it worthless.`,
      ],
      document: made,
    }
  },
}

export const tokenListCommand: Command = {
  name: 'token ls',
  summary: 'the tokens by which programs ask the nodes of the cluster',
  usage: 'flotilla token ls [--data FOLDER]',
  examples: [['flotilla token ls', 'which tokens are good, and until when']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const tokens = await client.get('/v1/tokens', readTokens)
    const rows = tokens.map(({ id, name, role, until }) => [id.slice(0, idDigitsShown), name, role, `until ${until}`])
    const lines = rows.length === 0 ? ['None; `flotilla token create NAME` makes one.'] : columns(rows)
    return { exitCode: exitCodes.ok, lines, document: { tokens } }
  },
}

export const tokenRevokeCommand: Command = {
  name: 'token revoke',
  summary: 'make a token worthless, by the beginning of its number or by its name; where the authority is',
  usage: 'flotilla token revoke TOKEN [--data FOLDER]',
  examples: [['flotilla token revoke 7a9ee8b1', 'one that `flotilla token ls` shows']],
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [meant = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const token = chosen(meant, await client.get('/v1/tokens', readTokens))
    const tokens = await client.post('/v1/tokens/revoke', { id: token.id }, readTokens)
    return {
      exitCode: exitCodes.ok,
      lines: [
        [{ tone: 'good', text: `The token of ${token.name} is worthless.` }],
        'The other nodes hear of it at once.',
      ],
      document: { revoked: token, tokens },
    }
  },
}

function chosen(meant: string, tokens: readonly Token[]): Token {
  const found = tokens.filter(({ id, name }) => name === meant || (meant !== '' && id.startsWith(meant)))
  const [token] = found
  if (token !== undefined && found.length === 1) return token
  const what = found.length === 0 ? 'no token is' : `${found.length} tokens are`
  throw new FlotillaError('not-found', `${what} called ${shown(meant)}`, {
    hint: '`flotilla token ls` shows the numbers of those that there are; give enough of one',
  })
}

function readTokens(answer: NodeAnswer): readonly Token[] {
  return answer.list('tokens').map((token) => ({
    id: token.text('id'),
    name: token.text('name'),
    role: token.text('role'),
    until: token.text('until'),
    createdAt: token.text('createdAt'),
  }))
}
