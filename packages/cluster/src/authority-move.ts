import { readAuthority, type ClusterId } from '@flotilla/certificates'
import { readAuthorityFile, writeAuthorityFile } from './authority-file.ts'
import type { ClusterMemberOptions } from './cluster-member.ts'
import type { PassphraseCipher } from './ports.ts'
import type { AuthorityFileContent } from './records.ts'
import { clusterError } from './refusal.ts'

type MoveOptions = Pick<ClusterMemberOptions, 'crypto' | 'entropy' | 'cipher'> & { readonly passphrase: string }

export async function exportedAuthority(content: AuthorityFileContent, options: MoveOptions): Promise<Uint8Array> {
  return writeAuthorityFile(content, { ...options, cipher: cipherOf(options) })
}

/** What the file holds; throws `wrong-field` if it is of another cluster than the one that this machine is in. */
export async function importedAuthority(
  file: Uint8Array,
  held: ClusterId | undefined,
  options: MoveOptions,
): Promise<AuthorityFileContent> {
  const content = await readAuthorityFile(file, { ...options, cipher: cipherOf(options) })
  const { cluster } = readAuthority(options.crypto, content.authority.certificate)
  if (held === undefined || held === cluster) return content
  throw clusterError(
    'wrong-field',
    `that is the authority of ${cluster}; this machine is a member of ${held}`,
    'import it where that cluster is, or in an empty folder',
  )
}

function cipherOf({ cipher }: MoveOptions): PassphraseCipher {
  if (cipher !== undefined) return cipher
  throw clusterError('wrong-setting', 'this member was opened without a cipher', 'open it with nodePassphraseCipher()')
}
