import { asked } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import { flag, moment, nullable, object, text } from '../schema/building.ts'
import type { CertificateShown } from './certificate-keeper.ts'

const shown = object({
  selfSigned: flag({ description: 'whether the node has made it itself' }),
  fingerprint: text({ description: 'SHA-256 of the certificate, as browsers show it' }),
  keyFingerprint: text({ description: 'SHA-256 of its key, which stays when the certificate is renewed' }),
  notAfter: moment(),
})

/** What somebody may compare who is not sure whom he talks with. */
export function certificateRoute(certificate: () => CertificateShown | null): AnyRoute {
  return asked({
    path: '/v1/tls',
    about: {
      summary: 'the certificate of the page and the API; null where it is plain HTTP',
      answer: object({ certificate: nullable(shown) }),
    },
    get: () => ({ certificate: certificate() }),
  })
}
