/**
 * The authority on its way to another machine, version 1:
 *
 * | offset | bytes | what                                                             |
 * | -----: | ----: | ---------------------------------------------------------------- |
 * |      0 |    24 | `flotilla authority v1`, padded with zeros                       |
 * |     24 |    16 | salt of the passphrase's key                                     |
 * |     40 |    12 | nonce                                                            |
 * |     52 |       | the content, encrypted; the bytes before it are authenticated too |
 * |    -32 |    32 | SHA-256 of all that                                              |
 *
 * The hash at the end protects nothing. It tells a damaged file from a wrong passphrase, as far as nobody damages it on
 * purpose.
 */
import type { Crypto } from '@flotilla/core/crypto'
import type { Entropy } from '@flotilla/core/random'
import { ascii, equalInConstantTime, joined } from './byte-string.ts'
import { clusterLimits } from './config.ts'
import type { PassphraseCipher } from './ports.ts'
import { authorityFileCodec, fromRecord, type AuthorityFileContent } from './records.ts'
import { clusterError } from './refusal.ts'

const cipherLengths = { salt: 16, nonce: 12 } as const

const headLength = 24
const magic = joined(ascii('flotilla authority v1'), new Uint8Array(3))
const saltAt = headLength
const nonceAt = saltAt + cipherLengths.salt
const sealedAt = nonceAt + cipherLengths.nonce
const hashLength = 32

export interface AuthorityFileOptions {
  readonly crypto: Crypto
  readonly cipher: PassphraseCipher
  readonly passphrase: string
}

export async function writeAuthorityFile(
  content: AuthorityFileContent,
  options: AuthorityFileOptions & { readonly entropy: Entropy },
): Promise<Uint8Array> {
  const { crypto, cipher, entropy } = options
  const passphrase = checkedPassphrase(options.passphrase)
  const salt = entropy.bytes(cipherLengths.salt)
  const nonce = entropy.bytes(cipherLengths.nonce)
  const associated = joined(magic, salt, nonce)
  const plain = authorityFileCodec.encode(content)
  const sealed = await cipher.seal({ passphrase, salt, nonce, associated, bytes: plain })
  plain.fill(0)
  const body = joined(associated, sealed)
  return joined(body, crypto.sha256(body))
}

/** Throws `damaged` or `wrong-passphrase`. */
export async function readAuthorityFile(
  file: Uint8Array,
  options: AuthorityFileOptions,
): Promise<AuthorityFileContent> {
  const { crypto, cipher } = options
  const passphrase = checkedPassphrase(options.passphrase)
  if (file.length > clusterLimits.authorityFileBytesMax) throw damaged('it is longer than any of them')
  const body = file.subarray(0, -hashLength)
  if (body.length < sealedAt || !equalInConstantTime(body.subarray(0, headLength), magic)) {
    throw damaged('it is no exported authority of this release')
  }
  if (!equalInConstantTime(crypto.sha256(body), file.subarray(-hashLength)))
    throw damaged('its checksum does not match')
  const opened = await cipher.open({
    passphrase,
    salt: body.subarray(saltAt, nonceAt),
    nonce: body.subarray(nonceAt, sealedAt),
    associated: body.subarray(0, sealedAt),
    bytes: body.subarray(sealedAt),
  })
  if (opened === undefined) {
    throw clusterError(
      'wrong-passphrase',
      'the passphrase is not the one that the authority was exported under',
      'try again; if you are sure of it, somebody has tampered with the file',
    )
  }
  return fromRecord('authority', () => authorityFileCodec.decode(opened))
}

/** One form for what looks the same, so that two keyboards make one passphrase. */
function checkedPassphrase(passphrase: string): string {
  const { passphraseLengthMin, passphraseLengthMax } = clusterLimits
  const length = Array.from(passphrase).length
  if (length >= passphraseLengthMin && length <= passphraseLengthMax) return passphrase.normalize('NFKC')
  throw clusterError(
    'wrong-field',
    `the passphrase has ${length} characters`,
    `use ${passphraseLengthMin} to ${passphraseLengthMax} characters, such as five words drawn at random`,
  )
}

function damaged(why: string): Error {
  return clusterError('damaged', `the file of the authority is damaged: ${why}`, 'copy it again')
}
