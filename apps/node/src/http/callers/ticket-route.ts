import { moment, object, text } from '../../schema/building.ts'
import { blobRef } from '../../services/schemas/blob-schemas.ts'
import type { Access } from '../access.ts'
import { posted } from '../described.ts'
import type { AnyRoute } from '../route.ts'

/** How a browser comes to the content of a blob, which it fetches by a link and so without its secret. */
export function ticketRoute({ tickets }: Pick<Access, 'tickets'>): AnyRoute {
  return posted({
    path: '/v1/blob/ticket',
    role: 'viewer',
    // It is how a browser reads, and nothing that is read is audited.
    audit: 'never',
    about: {
      summary: 'make a ticket with which this browser fetches a blob',
      detail:
        'It goes behind the path of the blob, as `/v1/blobs/NAME?ticket=…`, and is good once, for one minute, for ' +
        'this session and with its cookie.',
      document: object({ ref: blobRef }),
      answer: object({ ticket: text(), expiresAt: moment() }),
    },
    post: ({ ref }, caller) => tickets.make(caller, ref),
  })
}
