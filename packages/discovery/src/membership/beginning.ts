import { FlotillaError } from '@flotilla/core/errors'
import type { Prng } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { MemberMetadata } from '../member.ts'
import { incarnationMax, metadataCodec } from './record.ts'
import type { MembershipSettings } from './settings.ts'

/** What a user says of this member has to fit. */
export function checkMetadata(metadata: MemberMetadata, { metadataBytesMax }: MembershipSettings): void {
  if (!(metadata.load >= 0 && metadata.load <= 1)) {
    throw new FlotillaError('wrong-field', `a load of ${metadata.load} is none`, { hint: 'say a number from 0 to 1' })
  }
  metadataCodec(metadataBytesMax).encode(metadata)
}

/** The calendar need not be right: who learns of an own later record takes a higher incarnation. */
export function beginning(clock: Clock, prng: Prng): { readonly wallMs: number; readonly session: number } {
  const wall = Math.floor(clock.wallNow())
  const wallMs = Math.min(Math.max(1, Number.isSafeInteger(wall) ? wall : 1), incarnationMax)
  return { wallMs, session: prng.u32() * 2 ** 20 + (wallMs % 2 ** 20) }
}
