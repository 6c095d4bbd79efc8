import { jsonReply } from '../http/reply.ts'
import type { PostRoute, Route } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import type { ClusterAnswer } from './answers.ts'
import type { ClusterControl } from './cluster-control.ts'

const { invitationSecondsMax, passphraseLengthMax, reasonLengthMax, tokenLengthMax } = nodeLimitsDefaults

/** What can be asked and done about the cluster; `answer` is how things are afterwards. */
export function clusterRoutes(control: ClusterControl, answer: () => ClusterAnswer): readonly (Route | PostRoute)[] {
  const after = async (done: Promise<void>): Promise<ClusterAnswer> => {
    await done
    return answer()
  }
  return [
    { path: '/v1/cluster', answer: () => jsonReply(200, answer()) },
    {
      path: '/v1/cluster/init',
      post(document) {
        document.only()
        return after(control.init())
      },
    },
    {
      path: '/v1/cluster/join',
      post: (document) => after(control.join(document.only('token').text('token', tokenLengthMax))),
    },
    {
      path: '/v1/cluster/invite',
      post(document) {
        document.only('ttlSeconds', 'role')
        const seconds = document.whole('ttlSeconds', { least: 1, most: invitationSecondsMax })
        const role = document.oneOf('role', ['node', 'agent', 'operator', 'replica'])
        return control.invite({ ttlMs: seconds * 1_000, role })
      },
    },
    {
      path: '/v1/cluster/rotate',
      post(document) {
        document.only()
        return after(control.rotate())
      },
    },
    {
      path: '/v1/cluster/revoke',
      post(document) {
        document.only('node', 'reason')
        return control.revoke({ node: document.text('node'), reason: document.text('reason', reasonLengthMax) })
      },
    },
    {
      path: '/v1/cluster/authority/export',
      async post(document) {
        const file = await control.exportAuthority(document.only('passphrase').text('passphrase', passphraseLengthMax))
        return { file: Buffer.from(file).toString('base64') }
      },
    },
    {
      path: '/v1/cluster/authority/import',
      post(document) {
        document.only('passphrase', 'file')
        const passphrase = document.text('passphrase', passphraseLengthMax)
        return after(control.importAuthority(document.bytes('file'), passphrase))
      },
    },
  ]
}
