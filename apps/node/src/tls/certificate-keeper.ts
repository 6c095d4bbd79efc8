import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Disk } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import { after, type Clock } from '@flotilla/core/time'
import type { ServerCertificate } from '../http/node-server.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import type { Settings } from '../settings/settings.ts'
import { selfSignedCertificate } from './self-signed.ts'
import { isLoopback, serverNames } from './server-names.ts'

export interface CertificateKeeperOptions {
  readonly settings: Pick<Settings, 'host' | 'name' | 'tls-cert' | 'tls-key' | 'allow-host'>
  readonly disk: Disk
  readonly clock: Clock
  readonly entropy: Entropy
  readonly logger: Logger
  /** To be shown from now on. */
  readonly onChanged: (certificate: ServerCertificate) => void
}

/** What a client may remember the node by. */
export interface CertificateShown {
  readonly selfSigned: boolean
  /** SHA-256 of the certificate, as browsers show it. */
  readonly fingerprint: string
  /** SHA-256 of the public key, which stays the same when the certificate is renewed. */
  readonly keyFingerprint: string
  readonly notAfter: string
}

/** Keeps the certificate of the page and the API: as given in files, or made by the node itself. */
export class CertificateKeeper implements Disposable {
  readonly #options: CertificateKeeperOptions
  #current: ServerCertificate
  #timer: Disposable | undefined
  #turn: Promise<void> = Promise.resolve()

  private constructor(options: CertificateKeeperOptions, current: ServerCertificate) {
    this.#options = options
    this.#current = current
    this.#later()
  }

  /** Undefined where there is no TLS, and none is needed. */
  static async open(options: CertificateKeeperOptions): Promise<CertificateKeeper | undefined> {
    const { settings } = options
    if (!hasFiles(settings) && isLoopback(settings.host)) return undefined
    return new CertificateKeeper(options, await certificateOf(options))
  }

  get current(): ServerCertificate {
    return this.#current
  }

  get shown(): CertificateShown {
    const certificate = new X509Certificate(this.#current.cert)
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
    return {
      selfSigned: !hasFiles(this.#options.settings),
      fingerprint: certificate.fingerprint256,
      keyFingerprint: colons(createHash('sha256').update(spki).digest('hex')),
      notAfter: new Date(certificate.validTo).toISOString(),
    }
  }

  /** Looks whether there is another certificate. One that is wrong changes nothing, and is said in the log. */
  reload(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#reloaded())
    return this.#turn
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
  }

  async #reloaded(): Promise<void> {
    const { logger, onChanged } = this.#options
    try {
      const certificate = await certificateOf(this.#options)
      if (certificate.cert === this.#current.cert && certificate.key === this.#current.key) return
      onChanged(certificate)
      this.#current = certificate
      logger.info({ ...this.shown }, 'this node shows another certificate from now on')
    } catch (error) {
      logger.error({ err: error }, 'the certificate stays as it is: the new one cannot be used')
    }
  }

  #later(): void {
    const { clock } = this.#options
    this.#timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.tlsLookedAtEveryMs), () => {
      void this.reload()
      this.#later()
    })
  }
}

function hasFiles(settings: CertificateKeeperOptions['settings']): boolean {
  return settings['tls-cert'] !== '' || settings['tls-key'] !== ''
}

async function certificateOf({ settings, disk, clock, entropy }: CertificateKeeperOptions): Promise<ServerCertificate> {
  const { name: nodeName, host } = settings
  if (hasFiles(settings)) return givenCertificate(settings['tls-cert'], settings['tls-key'])
  const names = serverNames(host, settings['allow-host'])
  return selfSignedCertificate({ ...names, disk, entropy, nodeName, wallNow: clock.wallNow() })
}

/** Throws `wrong-certificate` rather than to show one that nobody could take. */
async function givenCertificate(certPath: string, keyPath: string): Promise<ServerCertificate> {
  if (certPath === '' || keyPath === '') {
    const missing = certPath === '' ? '--tls-cert' : '--tls-key'
    throw wrongCertificate(`${missing} is missing`, 'give both files, --tls-cert and --tls-key, in PEM')
  }
  const [cert, key] = await Promise.all([readText(certPath), readText(keyPath)])
  try {
    const certificate = new X509Certificate(cert)
    if (certificate.checkPrivateKey(createPrivateKey(key))) return { cert, key }
  } catch (error) {
    const hint = 'both have to be in PEM, and the key without a passphrase'
    throw wrongCertificate(`${certPath} or ${keyPath} cannot be read`, hint, error)
  }
  throw wrongCertificate(`the key in ${keyPath} is not that of the certificate in ${certPath}`, 'give the two that fit')
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw wrongCertificate(`${path} cannot be read (${said})`, 'let the user of the node read it', error)
  }
}

function wrongCertificate(message: string, hint: string, cause?: unknown): FlotillaError {
  return new FlotillaError('wrong-certificate', message, { hint, cause })
}

function colons(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':')
}
