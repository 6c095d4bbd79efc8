import { accountLimits, type AccountRole } from '@flotilla/cluster'
import { userRoles } from '../http/caller.ts'
import { asked, posted } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { flag, list, moment, object, oneOf, secret, text, whole } from '../schema/building.ts'
import type { Schema } from '../schema/schema.ts'
import type { TokenAnswer, TokensAnswer, UsersAnswer } from './account-answers.ts'

/** What is asked and done about accounts. What is refused is a `FlotillaError`. */
export interface AccountControl {
  users(): UsersAnswer
  tokens(): TokensAnswer
  addUser(name: string, role: AccountRole, password: string): Promise<void>
  setPassword(name: string, password: string): Promise<void>
  setRole(name: string, role: AccountRole): Promise<void>
  removeUser(name: string): Promise<void>
  createToken(name: string, role: AccountRole, ttlSeconds: number): Promise<TokenAnswer>
  revokeToken(id: string): Promise<void>
}

const { nameLengthMax, tokenMsMax } = accountLimits
const name = text({ lengthMin: 1, lengthMax: nameLengthMax, description: 'a-z, 0-9, ".", "_", "@" and "-"' })
const role: Schema<AccountRole> = oneOf(userRoles, { description: 'each may what those before it may' })
const password = secret(text({ lengthMax: nodeLimitsDefaults.passphraseLengthMax }))
const id = text({ lengthMin: 32, lengthMax: 32, description: 'the number of a token, in hexadecimal digits' })
const canChange = flag({ description: 'whether that can be done on this node, which needs the authority' })
const usersAnswer = object({ canChange, users: list(object({ name, role, changedAt: moment() })) })
const tokensAnswer = object({
  canChange,
  tokens: list(object({ id, name, role, until: moment(), createdAt: moment() })),
})
const token = text({ description: 'the token, which is shown this once' })

/** Users and API tokens, for admins. */
export function accountRoutes(control: AccountControl): readonly AnyRoute[] {
  const changed = async (done: Promise<void>): Promise<UsersAnswer> => {
    await done
    return control.users()
  }
  return [
    asked({
      path: '/v1/users',
      role: 'admin',
      about: { summary: 'who may log in at the nodes of the cluster', answer: usersAnswer },
      get: () => control.users(),
    }),
    posted({
      path: '/v1/users/add',
      role: 'admin',
      about: { summary: 'let somebody log in', document: object({ name, role, password }), answer: usersAnswer },
      post: (user) => changed(control.addUser(user.name, user.role, user.password)),
    }),
    posted({
      path: '/v1/users/password',
      role: 'admin',
      about: {
        summary: 'give a user another password, and end his sessions',
        document: object({ name, password }),
        answer: usersAnswer,
      },
      post: (user) => changed(control.setPassword(user.name, user.password)),
    }),
    posted({
      path: '/v1/users/role',
      role: 'admin',
      about: {
        summary: 'give a user another role, and end his sessions',
        document: object({ name, role }),
        answer: usersAnswer,
      },
      post: (user) => changed(control.setRole(user.name, user.role)),
    }),
    posted({
      path: '/v1/users/remove',
      role: 'admin',
      about: { summary: 'let a user log in no more', document: object({ name }), answer: usersAnswer },
      post: (user) => changed(control.removeUser(user.name)),
    }),
    ...tokenRoutes(control),
  ]
}

function tokenRoutes(control: AccountControl): readonly AnyRoute[] {
  const ttlSeconds = whole({ least: 1, most: tokenMsMax / 1_000 })
  return [
    asked({
      path: '/v1/tokens',
      role: 'admin',
      about: { summary: 'the API tokens that are good', answer: tokensAnswer },
      get: () => control.tokens(),
    }),
    posted({
      path: '/v1/tokens/create',
      role: 'admin',
      about: {
        summary: 'make an API token, which is good at every node of the cluster',
        document: object({ name, role, ttlSeconds }),
        answer: object({ token, id, name, role, until: moment() }),
      },
      post: (wanted) => control.createToken(wanted.name, wanted.role, wanted.ttlSeconds),
    }),
    posted({
      path: '/v1/tokens/revoke',
      role: 'admin',
      about: { summary: 'make a token worthless', document: object({ id }), answer: tokensAnswer },
      async post({ id: revoked }) {
        await control.revokeToken(revoked)
        return control.tokens()
      },
    }),
  ]
}
