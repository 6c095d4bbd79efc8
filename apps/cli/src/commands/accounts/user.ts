import { exitCodes } from '../../exit-codes.ts'
import type { NodeAnswer } from '../../running-node/node-answer.ts'
import { NodeClient } from '../../running-node/node-client.ts'
import { columns } from '../../terminal/lines.ts'
import { askNewPassword } from '../../terminal/new-password.ts'
import { dataOption, nodeOf, type Call, type Command, type Result } from '../command.ts'
import { roleIn, roleOption } from './role-option.ts'

interface User {
  readonly name: string
  readonly role: string
  readonly changedAt: string
}

export const userAddCommand: Command = {
  name: 'user add',
  summary: 'let somebody log in at the pages of the cluster; where its authority is',
  usage: 'flotilla user add NAME [--role viewer|operator|admin] [--data FOLDER]',
  examples: [
    ['flotilla user add ann --role operator', 'asks for the password'],
    ['pwgen 20 1 | flotilla user add ann', 'takes it from standard input; ann may only look'],
  ],
  options: [roleOption, dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [name = ''] = call.words
    const role = roleIn(call)
    const client = await NodeClient.of(nodeOf(call))
    const password = await askNewPassword(name)
    const users = await client.post('/v1/users/add', { name, role, password }, readUsers)
    return done(`${name} can log in as ${role}.`, users)
  },
}

export const userListCommand: Command = {
  name: 'user ls',
  summary: 'who may log in at the pages of the cluster',
  usage: 'flotilla user ls [--data FOLDER]',
  examples: [['flotilla user ls', 'who may log in, and as what']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const users = await client.get('/v1/users', readUsers)
    const rows = users.map(({ name, role, changedAt }) => [name, role, `since ${changedAt}`])
    const lines = rows.length === 0 ? ['Nobody; `flotilla user add NAME` lets somebody.'] : columns(rows)
    return { exitCode: exitCodes.ok, lines, document: { users } }
  },
}

export const userPasswordCommand: Command = {
  name: 'user password',
  summary: 'give somebody another password, which ends the sessions there are; where the authority is',
  usage: 'flotilla user password NAME [--data FOLDER]',
  examples: [['flotilla user password ann', 'asks for the new one']],
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [name = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const password = await askNewPassword(name)
    const users = await client.post('/v1/users/password', { name, password }, readUsers)
    return done(`${name} has another password.`, users)
  },
}

export const userRoleCommand: Command = {
  name: 'user role',
  summary: 'give somebody another role, which ends the sessions there are; where the authority is',
  usage: 'flotilla user role NAME --role viewer|operator|admin [--data FOLDER]',
  examples: [['flotilla user role ann --role admin', 'ann may do everything from now on']],
  options: [roleOption, dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [name = ''] = call.words
    const role = roleIn(call)
    return changed(call, '/v1/users/role', { name, role }, `${name} is ${role} now.`)
  },
}

export const userRemoveCommand: Command = {
  name: 'user remove',
  summary: 'let somebody log in no more, and end the sessions there are; where the authority is',
  usage: 'flotilla user remove NAME [--data FOLDER]',
  examples: [['flotilla user remove bob', 'bob cannot log in any more, on any node']],
  options: [dataOption],
  words: { least: 1, most: 1 },
  run(call) {
    const [name = ''] = call.words
    return changed(call, '/v1/users/remove', { name }, `${name} cannot log in any more.`)
  },
}

async function changed(call: Call, path: string, document: object, said: string): Promise<Result> {
  const client = await NodeClient.of(nodeOf(call))
  return done(said, await client.post(path, document, readUsers))
}

function done(said: string, users: readonly User[]): Result {
  return {
    exitCode: exitCodes.ok,
    lines: [[{ tone: 'good', text: said }], 'The other nodes hear of it at once.'],
    document: { users },
  }
}

function readUsers(answer: NodeAnswer): readonly User[] {
  return answer.list('users').map((user) => ({
    name: user.text('name'),
    role: user.text('role'),
    changedAt: user.text('changedAt'),
  }))
}
