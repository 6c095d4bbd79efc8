import { done } from '../outcomes.ts'
import type { HandlerParts, HandlerTable } from './handler.ts'

/** The year 2200: whoever sets a later time has mistaken milliseconds for something else. */
const wallMsMax = 7_258_118_400_000
const nanosecondsPerMs = 1_000_000n

/** The guest's power and its clock. */
export function powerHandlers({ system }: HandlerParts): HandlerTable {
  return {
    ...(system.shutdown === undefined
      ? {}
      : {
          'power.off': async (given) => {
            given.only()
            await system.shutdown?.('powerdown')
            return done(null)
          },
          'power.reboot': async (given) => {
            given.only()
            await system.shutdown?.('reboot')
            return done(null)
          },
        }),
    ...(system.setTime === undefined
      ? {}
      : {
          'time.set': async (given) => {
            const wallMs = given.only('wallMs').maybeWhole('wallMs', 0, wallMsMax)
            await system.setTime?.(wallMs === undefined ? undefined : BigInt(wallMs) * nanosecondsPerMs)
            return done(null)
          },
        }),
  }
}
