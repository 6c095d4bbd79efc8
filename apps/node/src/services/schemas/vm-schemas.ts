import type { GuestMetrics, JsonValue, OrderEnding } from '@flotilla/virtio-agent'
import {
  anything,
  count,
  either,
  figure,
  flag,
  list,
  moment,
  named,
  nullable,
  object,
  oneOf,
  optional,
  text,
} from '../../schema/building.ts'
import type { Schema } from '../../schema/schema.ts'
import type { VmEntry, VmMetricsAnswer, VmOrderEvent, VmsAnswer, VmsEvent } from '../vm-answers.ts'
import { summaryFigures, systemFigures } from './figure-schemas.ts'
import { nodeReference, unanswered } from './machine-schemas.ts'

const vmEntry: Schema<VmEntry> = named(
  'Vm',
  object({
    node: nodeReference,
    vm: text(),
    state: oneOf(['away', 'silent', 'there', 'refused', 'held-off']),
    why: nullable(text()),
    dialect: nullable(oneOf(['own', 'qga'])),
    agentVersion: nullable(text()),
    guest: nullable(text(), { description: 'its name for itself' }),
    system: nullable(text()),
    since: nullable(moment()),
    metricsAt: nullable(moment()),
    figures: summaryFigures,
    counters: object({ sessions: count(), metrics: count(), orders: count(), troubles: count(), cuts: count() }),
    commands: list(text()),
  }),
)

export const vmsAnswer: Schema<VmsAnswer> = named('Vms', object({ vms: list(vmEntry), unanswered }))

/** Plain JSON, of which nothing more is known here. */
const json: Schema<JsonValue> = anything()

const guestMetrics: Schema<GuestMetrics> = named(
  'GuestMetrics',
  object({ system: systemFigures, processes: optional(list(json, { description: 'the busiest' })) }),
)

export const vmMetricsAnswer: Schema<VmMetricsAnswer> = named(
  'VmMetrics',
  object({
    vm: vmEntry,
    newest: nullable(guestMetrics),
    history: list(object({ at: nullable(moment()), figures: summaryFigures })),
  }),
)

export const vmKeyAnswer: Schema<{ readonly publicKey: string }> = object({
  publicKey: text({ description: 'in hexadecimal digits' }),
})

const usage = optional(
  object({ wallMs: figure(), processorMs: optional(figure()), residentBytesMax: optional(figure()) }),
)

const orderEnding: Schema<OrderEnding> = named(
  'VmOrderEnding',
  either([
    object({ type: oneOf(['done']), value: json, usage }),
    object({
      type: oneOf(['refused']),
      code: oneOf([
        'unknown-command',
        'wrong-arguments',
        'not-permitted',
        'not-signed',
        'wrong-signature',
        'replayed',
        'overloaded',
        'not-supported',
        'frozen',
      ]),
      message: text(),
    }),
    object({
      type: oneOf(['failed']),
      code: oneOf(['not-found', 'failed', 'timed-out', 'cancelled', 'too-large', 'exists']),
      message: text(),
      usage,
    }),
    object({ type: oneOf(['lost']), mayHaveRun: flag(), message: text() }),
  ]),
)

export const vmOrderEvent: Schema<VmOrderEvent> = named(
  'VmOrderEvent',
  either([
    object({ event: oneOf(['beat']) }),
    object({
      event: oneOf(['output']),
      stream: oneOf(['stdout', 'stderr']),
      bytes: text({ description: 'in base64' }),
    }),
    object({ event: oneOf(['note']), text: text() }),
    object({
      event: oneOf(['ended']),
      ending: orderEnding,
      dropped: count({ description: 'pieces of output that nobody has read in time' }),
    }),
  ]),
)

export const vmsEvent: Schema<VmsEvent> = named(
  'VmsEvent',
  either([object({ event: oneOf(['beat']) }), object({ event: oneOf(['vms']), vms: list(vmEntry) })]),
)
