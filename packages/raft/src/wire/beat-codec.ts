import type { GroupName } from '../types.ts'
import { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { BootNumber } from './call.ts'
import { noticeKinds } from './notice-kind.ts'

/** From process to process, now and then: I am alive. It is all that quiet groups cost. */
export interface Beat {
  readonly boot: BootNumber
  /** Rises whenever what the sender's hello says changes. */
  readonly revision: number
  /** The life and the revision of the receiver that the sender knows: if it is an old one, the hello got lost. */
  readonly knownBoot: BootNumber
  readonly knownRevision: number
}

/** Which groups are open on the sender, with the version of the machine that its program has for each. */
export interface Hello {
  readonly boot: BootNumber
  readonly revision: number
  /** One of so many parts: a long list is split. */
  readonly part: number
  readonly parts: number
  readonly groups: readonly GroupVersion[]
}

export interface GroupVersion {
  readonly group: GroupName
  readonly version: number
}

/** Name and version take so many bytes at most; so many of them fit into the shortest notice that a network allows. */
export const helloGroupsMax = 512

export function writeBeat(writer: ByteWriter, beat: Beat): Uint8Array {
  writer.reset()
  writer.byte(noticeKinds.beat)
  writer.number(beat.boot)
  writer.number(beat.revision)
  writer.number(beat.knownBoot)
  writer.number(beat.knownRevision)
  return writer.written()
}

export function readBeat(notice: Uint8Array): Beat {
  const reader = new ByteReader(notice, 'a beat')
  reader.byte()
  const boot = reader.number() as BootNumber
  const revision = reader.number()
  const knownBoot = reader.number() as BootNumber
  const knownRevision = reader.number()
  reader.end()
  return { boot, revision, knownBoot, knownRevision }
}

export function writeHello(writer: ByteWriter, hello: Hello): Uint8Array {
  writer.reset()
  writer.byte(noticeKinds.hello)
  writer.number(hello.boot)
  writer.number(hello.revision)
  writer.size(hello.part)
  writer.size(hello.parts)
  writer.size(hello.groups.length)
  for (const { group, version } of hello.groups) {
    writer.name(group)
    writer.number(version)
  }
  return writer.written()
}

export function readHello(notice: Uint8Array): Hello {
  const reader = new ByteReader(notice, 'a hello')
  reader.byte()
  const boot = reader.number() as BootNumber
  const revision = reader.number()
  const part = reader.size()
  const parts = reader.size()
  if (part >= parts) throw reader.malformed(`there is no part ${part} of ${parts}`)
  const count = reader.count(9)
  if (count > helloGroupsMax) throw reader.malformed(`${count} groups are too many for one part`)
  const groups: GroupVersion[] = []
  for (let index = 0; index < count; index++) {
    groups.push({ group: reader.name() as GroupName, version: reader.number() })
  }
  reader.end()
  return { boot, revision, part, parts, groups }
}
