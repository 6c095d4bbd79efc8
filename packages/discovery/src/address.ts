/** Where a member can be reached: an IP address, never a name, and a port. */
export interface Address {
  readonly host: string
  readonly port: number
}
