import type { Logger } from '@flotilla/core/observe'
import type { Clock, Millis } from '@flotilla/core/time'
import type { Address } from '../address.ts'
import { shownAddress } from '../ip-address.ts'
import type { Datagrams } from '../ports.ts'
import type { HeardBeacon } from './beacon.ts'
import type { Beacons, BeaconEffect, BeaconInput } from './beacons.ts'
import type { Moment, Opened } from './gate.ts'
import { concreteAddresses } from './usable-addresses.ts'

export interface BeaconDriverOptions {
  readonly core: Beacons
  readonly datagrams: Datagrams
  readonly clock: Clock
  readonly logger: Logger
  /** Where our transport listens; a wildcard address stands for all hosts of this machine. */
  readonly listening: () => readonly Address[]
  readonly onHeard: (beacon: HeardBeacon) => void
}

export interface BeaconDriver extends Disposable {
  /** Looks anew at where our transport listens. */
  replace(): void
  ownRecord(): Uint8Array
  openRelayed(bytes: Uint8Array): Opened
}

/** Runs `Beacons` on a clock and on datagrams. */
export function driveBeacons(options: BeaconDriverOptions): BeaconDriver {
  const { core, datagrams, clock, logger, listening, onHeard } = options
  let timer: Disposable | undefined
  let timerAt: Millis | undefined
  let isClosed = false

  const moment = (): Moment => ({ now: clock.now(), wallNow: clock.wallNow() })
  const perform = (effect: BeaconEffect): void => {
    switch (effect.type) {
      case 'announce':
        return datagrams.announce(effect.bytes)
      case 'send':
        return datagrams.send(effect.to, effect.bytes)
      case 'heard':
        return onHeard(effect.beacon)
      case 'clock-differs': {
        const { id, name, aheadMs } = effect.difference
        const message = 'the clocks of a member and of this node differ too much for beacons: set the wrong one right'
        return logger.warn({ member: id, name, memberAheadMs: aheadMs }, message)
      }
      case 'own-key-elsewhere': {
        const message = 'another process runs with the key of this node: stop one, and give a copied machine a new key'
        return logger.error({ from: shownAddress(effect.from) }, message)
      }
    }
  }
  const turn = (input: BeaconInput): void => {
    if (isClosed) return
    core.step(moment(), input)
    core.drain().forEach(perform)
    arm()
  }
  const arm = (): void => {
    const at = core.deadline()
    if (at === timerAt) return // A flood of datagrams does not make a flood of timers.
    timer?.[Symbol.dispose]()
    timerAt = at
    timer = clock.wakeAt(at, () => {
      timerAt = undefined
      turn({ type: 'wake' })
    })
  }
  const replace = (): void => {
    const own = datagrams.addresses()
    const hosts = [...new Set(own.map(({ host }) => host))]
    const addresses = concreteAddresses(listening(), hosts)
    turn({ type: 'placed', addresses, datagramPort: own[0]?.port ?? 0 })
  }

  const why = core.refusalOfOwn(moment())
  if (why !== undefined) {
    const message = 'others would refuse the beacons of this node: look at its certificate and at its clock'
    logger.error({ why }, message)
  }
  datagrams.start({
    received: (from, bytes) => turn({ type: 'received', from, bytes }),
    addressesChanged: replace,
  })
  replace()
  return {
    replace,
    ownRecord: () => core.ownRecord(clock.wallNow()),
    openRelayed: (bytes) => core.openRelayed(bytes, moment()),
    [Symbol.dispose]() {
      isClosed = true
      timer?.[Symbol.dispose]()
    },
  }
}
