import { expect, test } from 'vitest'
import { beaconDefaults, validateBeaconSettings } from './beacons/limits.ts'
import { exchangeDefaults, validateExchangeSettings } from './exchange/limits.ts'
import { peerTableDefaults, validatePeerTableSettings } from './peer-store/limits.ts'
import { udpDefaults, validateUdpSettings } from './udp-limits.ts'

test('defaults are allowed, and stand for what is not said', () => {
  expect(validateBeaconSettings()).toEqual(beaconDefaults)
  expect(validateExchangeSettings({})).toEqual(exchangeDefaults)
  expect(validatePeerTableSettings()).toEqual(peerTableDefaults)
  expect(validateUdpSettings({ interfacePollMs: 100 })).toEqual({ ...udpDefaults, interfacePollMs: 100 })
})

test('a wrong setting is refused with a sentence', () => {
  expect(() => validateBeaconSettings({ beaconIntervalMs: 5 })).toThrow(
    'beacons: beaconIntervalMs is 5; it must be a whole number from 100 to 3600000',
  )
  for (const wrong of [Number.NaN, 1.5, -1, Infinity]) {
    expect(() => validateUdpSettings({ subnetsMax: wrong })).toThrow('udp: subnetsMax')
  }
})
