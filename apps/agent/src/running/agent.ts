import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { openMachineSource } from '@flotilla/procmon/node'
import { serveOwn, serveQga, sharedKeyBytes, type OwnGuest, type SharedKey } from '@flotilla/virtio-agent'
import { nodeLineCipher, nodePacking } from '@flotilla/virtio-agent/node'
import { wrong } from '../settings/setting-value.ts'
import type { AgentSettings } from '../settings/settings.ts'
import { agentVersion } from '../version.ts'
import { chosenChannel } from './chosen-port.ts'
import { guestFigures } from './guest-figures.ts'
import { guestParts, type GuestPartsOptions } from './guest-parts.ts'

export type AgentOptions = Pick<GuestPartsOptions, 'settings' | 'logger' | 'lines' | 'configFile'>

/** Both dialects, served until it is disposed of. */
export interface Agent extends AsyncDisposable {
  /** Takes over those settings that need no new start. */
  adapt(settings: AgentSettings): void
}

/** `lines` is where the log goes, which waits while file systems are frozen. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { settings, logger } = options
  await using owned = new AsyncDisposableStack()
  const clock = nodeClock()
  const entropy = nodeEntropy()
  const prng = new Prng(Buffer.from(entropy.bytes(4)).readUInt32LE())
  const key = sharedKey(settings['shared-key-file'])
  const source = owned.use(await openMachineSource({ clock }))
  const figures = guestFigures(source, () => clock.wallNow())
  const parts = owned.use(await guestParts({ ...options, source, figures, clock }))
  const [ownChannel, qgaChannel] = (['own', 'qga'] as const).map((dialect) =>
    chosenChannel({ dialect, settings, clock, prng }),
  )
  let own: OwnGuest | undefined
  if (ownChannel !== undefined) {
    const trusted = settings['trusted-key'].map((text) => Uint8Array.from(Buffer.from(text, 'hex')))
    owned.use(ownChannel)
    own = owned.use(
      serveOwn({
        channel: ownChannel,
        commands: parts.commands,
        onRefused: parts.onRefused,
        figures,
        clock,
        entropy,
        guest: settings.guest || guestName(),
        agentVersion,
        detail: settings['metrics-detail'],
        packing: nodePacking(),
        ...(key === undefined ? {} : { key }),
        ...(trusted.length === 0 ? {} : { trust: { crypto: nodeCrypto(), keys: trusted } }),
        limits: { metricsIntervalMs: settings['metrics-interval-ms'] },
        logger: logger.child({ port: 'own' }),
      }),
    )
  }
  if (qgaChannel !== undefined) {
    owned.use(qgaChannel)
    const { 'qga-allowed': allowed, 'qga-blocked': blocked } = settings
    owned.use(
      serveQga({
        channel: qgaChannel,
        clock,
        system: parts.system,
        version: agentVersion,
        ...(allowed.length === 0 ? {} : { allowed }),
        blocked,
        logger: logger.child({ port: 'qga' }),
      }),
    )
  }
  const held = owned.move()
  return {
    adapt: (now) => own?.configure({ intervalMs: now['metrics-interval-ms'], detail: now['metrics-detail'] }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

/** The same for ever on this machine. Not the machine id itself, which is not to be told to others. */
function guestName(): string {
  try {
    const id = readFileSync('/etc/machine-id', 'utf8').trim()
    if (/^[0-9a-f]{32}$/.test(id)) return createHash('sha256').update(`flotilla-agent ${id}`).digest('hex').slice(0, 32)
  } catch {
    // A system without one has a name all the same.
  }
  return hostname()
}

function sharedKey(file: string): SharedKey | undefined {
  if (file === '') return undefined
  const forOthers = 0o077
  if (process.platform !== 'win32' && (statSync(file).mode & forOthers) !== 0) {
    throw wrong(`others may read the shared key in ${file}`, `run chmod 600 ${file}`)
  }
  const text = readFileSync(file, 'utf8').trim()
  if (!/^[0-9a-f]+$/i.test(text) || text.length !== 2 * sharedKeyBytes) {
    throw wrong(`${file} holds no shared key`, `write ${2 * sharedKeyBytes} hexadecimal digits into it`)
  }
  return { bytes: Uint8Array.from(Buffer.from(text, 'hex')), crypto: nodeCrypto(), cipher: nodeLineCipher() }
}
