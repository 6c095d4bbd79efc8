import type { Disk } from '@flotilla/core/disk'
import type { DataFolder } from './data-folder.ts'
import { Access } from './http/access.ts'
import { Entrances } from './http/entrances.ts'
import type { AccountsService } from './services/accounts.ts'
import type { ServiceParts } from './services/service.ts'
import { CertificateKeeper } from './tls/certificate-keeper.ts'
import { ownNames } from './tls/server-names.ts'

export interface NodeDoorsOptions extends Pick<
  ServiceParts,
  'settings' | 'given' | 'clock' | 'entropy' | 'metrics' | 'logger'
> {
  readonly folder: DataFolder
  readonly disk: Disk
  readonly accounts: AccountsService
}

/** Where a node is asked, and who may ask there. */
export interface NodeDoors {
  readonly access: Access
  readonly entrances: Entrances
  /** Undefined where there is no TLS. */
  readonly keeper: CertificateKeeper | undefined
}

/** What is opened is closed with `parts`. */
export async function openDoors(options: NodeDoorsOptions, parts: AsyncDisposableStack): Promise<NodeDoors> {
  const { settings, given, clock, entropy, folder, accounts } = options
  const keeper = await CertificateKeeper.open({ ...options, onChanged: (changed) => entrances.renew(changed) })
  if (keeper !== undefined) parts.use(keeper)
  const hosts = keeper === undefined ? settings['allow-host'] : [...settings['allow-host'], ...ownNames()]
  const access = parts.use(new Access({ entropy, clock, accounts, passwords: accounts.passwords, hosts }))
  parts.use(accounts.watch(() => access.recheck()))
  const entrances = parts.use(
    await Entrances.open({
      ...options,
      host: settings.host,
      port: settings.port,
      askedAs: given.get('port'),
      certificate: keeper?.current,
      socketPath: folder.socket,
    }),
  )
  return { access, entrances, keeper }
}
