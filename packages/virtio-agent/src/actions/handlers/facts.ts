import type { JsonValue } from '../../contract.ts'
import { done } from '../outcomes.ts'
import type { Handler, HandlerParts, HandlerTable } from './handler.ts'

/** What only tells how the guest is. */
export function factHandlers({ about, figures, system, clock, supported }: HandlerParts): HandlerTable {
  return {
    ping: async (given) => {
      given.only()
      return done(null)
    },
    info: async (given) => {
      given.only()
      const os = await system.osInfo?.()
      return done({
        agentVersion: about.agentVersion,
        hostName: about.hostName(),
        commands: [...supported()],
        ...(os === undefined ? {} : { os: asJson(os) }),
      })
    },
    'metrics.get': async (given, { run }) => {
      const detail = given.only('detail').has('detail') ? given.oneOf('detail', ['brief', 'full']) : 'full'
      return done(asJson(await figures.collect(detail, run.signal)))
    },
    'time.get': async (given) => {
      given.only()
      const zone = await system.timezone?.()
      return done({ wallMs: clock.wallNow(), ...(zone === undefined ? {} : { timezone: asJson(zone) }) })
    },
    ...(system.interfaces === undefined
      ? {}
      : {
          'network.show': plain(async () => ({
            interfaces: asJson((await system.interfaces?.()) ?? []),
            routes: asJson((await system.routes?.()) ?? []),
          })),
        }),
    ...(system.fileSystems === undefined
      ? {}
      : {
          'disk.show': plain(async () => ({
            fileSystems: asJson((await system.fileSystems?.()) ?? []),
            disks: asJson((await system.disks?.()) ?? []),
          })),
        }),
    ...(system.users === undefined
      ? {}
      : { 'user.list': plain(async () => ({ users: asJson((await system.users?.()) ?? []) })) }),
  }
}

function plain(tell: () => Promise<JsonValue>): Handler {
  return async (given) => {
    given.only()
    return done(await tell())
  }
}

/** Facts of ours are plain values, with fields that may be undefined. */
export function asJson(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue
}
