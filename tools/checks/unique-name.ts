/** The name itself, or the first of `name-1`, `name-2`, … that is not taken. */
export function uniqueName(wanted: string, taken: { has(name: string): boolean }): string {
  let name = wanted
  for (let count = 1; taken.has(name); count++) name = `${wanted}-${count}`
  return name
}
