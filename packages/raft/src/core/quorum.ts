/** How many of them are more than half. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1
}

/**
 * The highest value that more than half of the members have reached; Infinity where there are no members, so that the
 * lower of two such values is right for a joint configuration and for a plain one (Raft §5.3, §6).
 */
export function majorityValue<Member>(members: readonly Member[], valueOf: (member: Member) => number): number {
  const count = members.length
  if (count === 0) return Infinity
  const values = Array.from<number>({ length: count })
  // Sorted by insertion from the highest down: there are five of them, not five thousand.
  for (let filled = 0; filled < count; filled++) {
    const value = valueOf(members[filled] as Member)
    let place = filled
    while (place > 0 && (values[place - 1] as number) < value) {
      values[place] = values[place - 1] as number
      place--
    }
    values[place] = value
  }
  return values[majorityOf(count) - 1] as number
}

export type Tally = 'won' | 'lost' | 'open'

/** How a vote stands when these answers have come. */
export function tally<Member>(members: readonly Member[], answers: ReadonlyMap<Member, boolean>): Tally {
  let granted = 0
  let refused = 0
  for (const member of members) {
    const answer = answers.get(member)
    if (answer === true) granted++
    if (answer === false) refused++
  }
  const needed = majorityOf(members.length)
  if (members.length === 0 || granted >= needed) return 'won'
  return members.length - refused < needed ? 'lost' : 'open'
}

/** Both majorities have to agree. */
export function jointTally<Member>(
  incoming: readonly Member[],
  outgoing: readonly Member[],
  answers: ReadonlyMap<Member, boolean>,
): Tally {
  const first = tally(incoming, answers)
  const second = tally(outgoing, answers)
  if (first === 'lost' || second === 'lost') return 'lost'
  return first === 'won' && second === 'won' ? 'won' : 'open'
}
