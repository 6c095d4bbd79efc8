import { hostname } from 'node:os'
import type { GuestCommands, QgaSystem } from '@flotilla/virtio-agent'
import type { AgentSettings } from '../settings/settings.ts'

export interface GuestParts extends AsyncDisposable {
  readonly commands: GuestCommands
  readonly system: QgaSystem
}

/** What is done in the guest when the host asks for it, on this machine and as its settings allow. */
export function guestParts(_settings: AgentSettings): Promise<GuestParts> {
  const dispose = (): Promise<void> => Promise.resolve()
  const commands: GuestCommands = {
    supported: () => ['ping'],
    run: ({ command }) =>
      Promise.resolve(
        command === 'ping'
          ? { type: 'done', value: null }
          : { type: 'refused', code: 'not-supported', message: `this agent does not do ${command} yet` },
      ),
    [Symbol.asyncDispose]: dispose,
  }
  const system: QgaSystem = {
    time: () => BigInt(Date.now()) * 1_000_000n,
    hostName: () => Promise.resolve(hostname()),
    [Symbol.asyncDispose]: dispose,
  }
  return Promise.resolve({ commands, system, [Symbol.asyncDispose]: dispose })
}
