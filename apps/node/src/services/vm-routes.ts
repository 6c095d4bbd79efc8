import type { Caller } from '../http/caller.ts'
import { asked, streamed } from '../http/described.ts'
import type { EventStream } from '../http/event-stream.ts'
import type { AnyRoute } from '../http/route.ts'
import { object, optional, text } from '../schema/building.ts'
import { vmKeyAnswer, vmMetricsAnswer, vmOrderEvent, vmsAnswer, vmsEvent } from './schemas/vm-schemas.ts'
import type { VmMetricsAnswer, VmOrderEvent, VmsAnswer, VmsEvent } from './vm-answers.ts'
import { orderDocument, type WantedOrder } from './vm-orders.ts'

/** What the routes are served by. */
export interface VmDesk {
  readonly list: (node: string | undefined) => Promise<VmsAnswer>
  readonly metrics: (vm: string, node: string | undefined) => Promise<VmMetricsAnswer>
  readonly watch: (events: EventStream<VmsEvent>) => Promise<void>
  readonly order: (wanted: WantedOrder, caller: Caller, events: EventStream<VmOrderEvent>) => Promise<void>
  readonly publicKey: string
}

const query = object({ node: optional(text({ description: 'its name, its id or the beginning of one' })) })
const vmRest = { name: 'vm', description: 'the name of the virtual machine' }

/** What is answered and done about virtual machines. */
export function vmRoutes(desk: VmDesk): readonly AnyRoute[] {
  return [
    asked({
      path: '/v1/vms',
      about: { summary: 'the virtual machines of all nodes, or of one', query, answer: vmsAnswer },
      get: (question) => desk.list(question.query.node),
    }),
    asked({
      path: '/v1/vms/*',
      about: { summary: 'all figures of one virtual machine', rest: vmRest, query, answer: vmMetricsAnswer },
      get: (question) => desk.metrics(question.rest, question.query.node),
    }),
    streamed({
      path: '/v1/vms-watch',
      isPosted: false,
      about: { summary: 'the virtual machines of this node, whenever something changes', events: vmsEvent },
      stream: (_question, events) => desk.watch(events),
    }),
    streamed({
      path: '/v1/vm-order',
      isPosted: true,
      // On this node and on the one that has the machine.
      audit: 'itself',
      about: {
        summary: 'have something done in a virtual machine',
        detail:
          'Commands that begin with `unsafe.` need the role admin. The end of the connection takes the order back.',
        document: orderDocument,
        events: vmOrderEvent,
      },
      stream: ({ document, caller }, events) => desk.order(document, caller, events),
    }),
    asked({
      path: '/v1/vm-key',
      about: { summary: 'the key that signs unsafe orders, for virtual machines to trust', answer: vmKeyAnswer },
      get: () => ({ publicKey: desk.publicKey }),
    }),
  ]
}
