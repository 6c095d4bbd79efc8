import { FlotillaError } from '@flotilla/core/errors'

/** What a node refuses; `refusal` is its own code for that. */
export class NodeRefusal extends FlotillaError {
  readonly refusal: string

  constructor(refusal: string, message: string, options: { readonly hint: string }) {
    super('node-refused', message, options)
    this.refusal = refusal
  }
}
