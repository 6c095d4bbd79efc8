/** Which dialect is spoken through a port. */
export type Dialect = 'own' | 'qga'

/** The names of ports on which our own dialect is spoken, the usual one first. */
export const ownPortNames = ['org.flotilla.agent.0', 'org.infinibay.agent'] as const

/** The names of ports for the QEMU guest agent's dialect begin so. */
const qgaPrefix = 'org.qemu.guest_agent.'

function isNameFor(dialect: Dialect, name: string): boolean {
  return dialect === 'qga' ? name.startsWith(qgaPrefix) : ownPortNames.some((own) => own === name)
}

/** Which of the names that fit is wanted most: the first. */
export function bestFirst(dialect: Dialect, names: readonly string[]): readonly string[] {
  const rank = (name: string): number => (dialect === 'qga' ? 0 : ownPortNames.findIndex((own) => own === name))
  const fitting = names.filter((name) => isNameFor(dialect, name))
  return fitting.toSorted((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1))
}

/** As people are told. */
export function wantedNames(dialect: Dialect): string {
  return dialect === 'qga' ? `${qgaPrefix}*` : ownPortNames.join(' or ')
}
