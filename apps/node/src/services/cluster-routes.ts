import { asked, posted } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { base64, object, oneOf, secret, text, whole } from '../schema/building.ts'
import type { ClusterAnswer } from './answers.ts'
import type { ClusterControl } from './cluster-control.ts'
import { authorityAnswer, clusterAnswer, invitationAnswer, revokedAnswer } from './schemas/cluster-schemas.ts'

const { documentBytesMax, documentTextLengthMax, invitationSecondsMax, passphraseLengthMax, reasonLengthMax } =
  nodeLimitsDefaults

const token = secret(text({ lengthMax: nodeLimitsDefaults.tokenLengthMax, description: 'of an invitation' }))
const passphrase = secret(text({ lengthMax: passphraseLengthMax, description: 'that seals the authority' }))

/** What can be asked and done about the cluster; `answer` is how things are afterwards. */
export function clusterRoutes(control: ClusterControl, answer: () => ClusterAnswer): readonly AnyRoute[] {
  return [
    asked({
      path: '/v1/cluster',
      about: { summary: 'the cluster that this node is in', answer: clusterAnswer },
      get: answer,
    }),
    ...becoming(control, answer),
    ...governing(control),
    ...authorityRoutes(control, answer),
  ]
}

function becoming(control: ClusterControl, answer: () => ClusterAnswer): readonly AnyRoute[] {
  return [
    posted({
      path: '/v1/cluster/init',
      role: 'admin',
      about: { summary: 'make a cluster with this node', answer: clusterAnswer },
      async post() {
        await control.init()
        return answer()
      },
    }),
    posted({
      path: '/v1/cluster/join',
      role: 'admin',
      about: {
        summary: 'join a cluster',
        detail: 'Takes effect at once, and for good.',
        document: object({ token }),
        answer: clusterAnswer,
      },
      async post(document) {
        await control.join(document.token)
        return answer()
      },
    }),
    posted({
      path: '/v1/cluster/rotate',
      role: 'admin',
      about: { summary: "have this node's certificate renewed", answer: clusterAnswer },
      async post() {
        await control.rotate()
        return answer()
      },
    }),
  ]
}

/** Who is in and who is not. */
function governing(control: ClusterControl): readonly AnyRoute[] {
  return [
    posted({
      path: '/v1/cluster/invite',
      role: 'admin',
      about: {
        summary: 'invite one more machine',
        document: object(
          {
            ttlSeconds: whole({ least: 1, most: invitationSecondsMax, description: 'how long it may be used' }),
            role: oneOf(['node', 'agent', 'operator', 'replica'], { description: 'of the machine in the cluster' }),
          },
          { examples: [{ ttlSeconds: 3_600, role: 'node' }] },
        ),
        answer: invitationAnswer,
      },
      post: ({ ttlSeconds, role }) => control.invite({ ttlMs: ttlSeconds * 1_000, role }),
    }),
    posted({
      path: '/v1/cluster/revoke',
      role: 'admin',
      about: {
        summary: 'put a machine out of the cluster, for good',
        document: object(
          {
            node: text({ lengthMax: documentTextLengthMax, description: 'its name, its id or the beginning of one' }),
            reason: text({ lengthMax: reasonLengthMax }),
          },
          { examples: [{ node: 'bob', reason: 'its disk was stolen' }] },
        ),
        answer: revokedAnswer,
      },
      post: (document) => control.revoke(document),
    }),
  ]
}

function authorityRoutes(control: ClusterControl, answer: () => ClusterAnswer): readonly AnyRoute[] {
  return [
    posted({
      path: '/v1/cluster/authority/export',
      role: 'admin',
      about: {
        summary: "the cluster's authority, sealed with a passphrase",
        document: object({ passphrase }),
        answer: authorityAnswer,
      },
      async post(document) {
        const file = await control.exportAuthority(document.passphrase)
        return { file: Buffer.from(file).toString('base64') }
      },
    }),
    posted({
      path: '/v1/cluster/authority/import',
      role: 'admin',
      about: {
        summary: 'bring a sealed authority to this node',
        document: object({ passphrase, file: secret(base64({ lengthMax: documentBytesMax })) }),
        answer: clusterAnswer,
      },
      async post(document) {
        await control.importAuthority(new Uint8Array(Buffer.from(document.file, 'base64')), document.passphrase)
        return answer()
      },
    }),
  ]
}
