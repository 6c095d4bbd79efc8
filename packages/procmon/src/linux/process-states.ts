import type { ProcessState } from '../readings.ts'

const states: Readonly<Record<string, ProcessState>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting',
  T: 'stopped',
  t: 'stopped',
  Z: 'zombie',
  X: 'zombie',
  x: 'zombie',
  I: 'idle',
}

const byCode: readonly (ProcessState | undefined)[] = Array.from(
  { length: 128 },
  (_, code) => states[String.fromCharCode(code)],
)

/** Of the letter in `/proc/PID/stat`; old kernels have a few more that are not told apart here. */
export function processState(letterCode: number): ProcessState {
  return byCode[letterCode] ?? 'unknown'
}
