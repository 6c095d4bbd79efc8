import { FlotillaError, type FlotillaErrorOptions } from './flotilla-error.ts'

/** Bytes from a peer, a disk or a user that break the rules of the format or protocol that they claim to follow. */
export class ProtocolError<Code extends string = string> extends FlotillaError<Code> {
  override readonly name: string = 'ProtocolError'

  constructor(code: Code, message: string, options: FlotillaErrorOptions = {}) {
    super(code, message, options)
  }
}
