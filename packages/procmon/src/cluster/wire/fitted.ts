import type { Alert } from '../../contract.ts'
import type { ProcessFigures, SystemFigures } from '../../figures.ts'
import type { SystemOnWire } from './figure-schemas.ts'
import { wireLimits } from './wire-limits.ts'

const { nameBytesMax, textBytesMax, coresMax, partsMax, problemsMax, extraMax, alertsMax } = wireLimits

/** Names and commands come from programs and plugins of this machine: what is too long for a message is cut. */
export function systemForWire(figures: SystemFigures): SystemOnWire {
  const { processor, disks, fileSystems, networks, temperatures, power, extra, problems, ...rest } = figures
  return {
    ...rest,
    ...(processor === undefined ? {} : { processor: { ...processor, cores: processor.cores.slice(0, coresMax) } }),
    ...(disks === undefined ? {} : { disks: named(disks) }),
    ...(fileSystems === undefined
      ? {}
      : {
          fileSystems: fileSystems.slice(0, partsMax).map((system) => ({
            ...system,
            mount: cut(system.mount, textBytesMax),
            device: cut(system.device, textBytesMax),
            type: cut(system.type, nameBytesMax),
          })),
        }),
    ...(networks === undefined ? {} : { networks: named(networks) }),
    ...(temperatures === undefined ? {} : { temperatures: named(temperatures) }),
    ...(power === undefined ? {} : { power: named(power) }),
    ...(extra === undefined ? {} : { extra: extraForWire(extra) }),
    problems: problems.slice(0, problemsMax).map(({ part, code, message }) => ({
      part: cut(part, nameBytesMax),
      code: cut(code, nameBytesMax),
      message: cut(message, textBytesMax),
    })),
  }
}

export function systemFromWire({ processor, extra, ...rest }: SystemOnWire): SystemFigures {
  const { load, ...others } = processor ?? { cores: [] }
  const [load1, load5, load15] = load ?? []
  const isLoadWhole = load1 !== undefined && load5 !== undefined && load15 !== undefined
  return {
    ...rest,
    ...(processor === undefined
      ? {}
      : { processor: { ...others, ...(isLoadWhole ? { load: [load1, load5, load15] as const } : {}) } }),
    ...(extra === undefined ? {} : { extra: Object.fromEntries(extra) }),
  }
}

export function processForWire<Row extends ProcessFigures>(row: Row): Row {
  const { name, command, user } = row
  return { ...row, name: cut(name, nameBytesMax), command: cut(command, textBytesMax), user: cut(user, nameBytesMax) }
}

export function alertsForWire(alerts: readonly Alert[]): readonly Alert[] {
  return alerts.slice(0, alertsMax).map((alert) => ({
    ...alert,
    rule: cut(alert.rule, nameBytesMax),
    figure: cut(alert.figure, nameBytesMax),
    message: cut(alert.message, textBytesMax),
  }))
}

function named<Item extends { readonly name: string }>(items: readonly Item[]): readonly Item[] {
  return items.slice(0, partsMax).map((item) => ({ ...item, name: cut(item.name, nameBytesMax) }))
}

function extraForWire(extra: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const entries = Object.entries(extra).filter(([, value]) => Number.isFinite(value))
  return new Map(entries.slice(0, extraMax).map(([name, value]) => [cut(name, nameBytesMax), value]))
}

/** The front of a text, as much as has room, and never half a letter. */
export function cut(text: string, bytesMax: number): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  // No letter takes more than three bytes for each of its UTF-16 units.
  if (whole.length * 3 <= bytesMax) return whole
  const bytes = new Uint8Array(bytesMax)
  const { read } = new TextEncoder().encodeInto(whole, bytes)
  return whole.slice(0, read)
}
