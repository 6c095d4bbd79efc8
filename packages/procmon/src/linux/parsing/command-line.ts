/** `/proc/PID/cmdline`: arguments that each end with a zero byte, or whatever a process has written over them. */
export function parseCommandLine(text: string): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === '\0' || text[end - 1] === ' ')) end--
  return text.slice(0, end).replaceAll('\0', ' ')
}
