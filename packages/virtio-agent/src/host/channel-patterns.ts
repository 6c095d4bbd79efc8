import { FlotillaError } from '@flotilla/core/errors'
import { ownPortNames, type Dialect } from '../ports/port-names.ts'
import { vmNameForm } from './limits.ts'

/** Where sockets are that lead to virtual machines, and which machine each of them leads to. */
export interface ChannelPattern {
  readonly dialect: Dialect
  /** The machine, where the pattern is for one alone. */
  readonly vm: string | undefined
  /** One for each part of the path below `/`. */
  readonly parts: readonly PatternPart[]
}

type PatternPart =
  | { readonly type: 'literal'; readonly text: string }
  /** With groups `vm` and `id`. */
  | { readonly type: 'form'; readonly form: RegExp }

const marks: Readonly<Record<string, string>> = { vm: '(?<vm>.+)', id: '(?<id>[0-9]{1,9})', any: '.*' }
const mayBe = 'write an absolute path with {vm} in it once, as /run/vms/{vm}.sock, or NAME=/run/vms/web.sock'

/**
 * A pattern is the absolute path of a socket with `{vm}` in it once, where the machine's name stands; `{id}` stands for
 * a number, of which the highest wins, and `*` for anything but a slash. Or it is `NAME=` and a path. `own:` or `qga:`
 * before it says which dialect is spoken there; otherwise the last part of the path tells.
 */
export function channelPattern(text: string): ChannelPattern {
  const [, said, name, path = ''] = /^(?:(own|qga):)?(?:([^/=]+)=)?(\/[^\0]+)$/s.exec(text) ?? []
  const words = path.split('/').slice(1)
  const placesOfVm = path.split('{vm}').length - 1
  if (words.some((word) => word === '' || word === '.' || word === '..')) throw wrong(text)
  if (name === undefined ? placesOfVm !== 1 : !vmNameForm.test(name) || path.includes('{') || path.includes('*')) {
    throw wrong(text)
  }
  const last = words.at(-1) ?? ''
  const dialect = (said as Dialect | undefined) ?? (/guest_agent|qga/.test(last) ? 'qga' : 'own')
  return { dialect, vm: name, parts: words.map((word) => partOf(word, text)) }
}

function partOf(word: string, text: string): PatternPart {
  if (!/[{*]/.test(word)) return { type: 'literal', text: word }
  // Of two numbers none would be the one that counts.
  if (word.split('{id}').length > 2) throw wrong(text)
  const pieces = word.split(/(\{[a-z]+\}|\*)/)
  const forms = pieces.map((piece) => {
    const mark = piece === '*' ? marks['any'] : marks[/^\{([a-z]+)\}$/.exec(piece)?.[1] ?? '']
    if (mark !== undefined) return mark
    if (/[{}]/.test(piece)) throw wrong(text)
    return piece.replaceAll(/[$()+.?[\\\]^|-]/g, String.raw`\$&`)
  })
  return { type: 'form', form: new RegExp(`^${forms.join('')}$`, 's') }
}

/**
 * Where libvirt puts the sockets of our own ports, in its older and its newer releases. Not those of the QEMU guest
 * agent: libvirt speaks through them itself, and a socket admits one at a time.
 */
export function libvirtPatterns(): readonly ChannelPattern[] {
  const folders = [
    '/run/libvirt/qemu/channel/{id}-{vm}',
    '/run/libvirt/qemu/channel/domain-{id}-{vm}',
    '/var/lib/libvirt/qemu/channel/target/domain-{id}-{vm}',
  ]
  return folders.flatMap((folder) => ownPortNames.map((port) => channelPattern(`own:${folder}/${port}`)))
}

function wrong(text: string): FlotillaError {
  const shown = JSON.stringify(text.slice(0, 128))
  return new FlotillaError('wrong-setting', `${shown} is no pattern of VM channels`, { hint: mayBe })
}
