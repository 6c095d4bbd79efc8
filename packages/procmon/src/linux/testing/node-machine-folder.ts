import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A process as its files are written; whatever is left out is something harmless. */
export interface WrittenProcess {
  readonly name?: string
  readonly state?: string
  readonly parent?: number
  readonly flags?: number
  readonly userTicks?: number
  readonly systemTicks?: number
  readonly nice?: number
  readonly threads?: number
  readonly startTicks?: number
  readonly residentPages?: number
  readonly sharedPages?: number
  readonly command?: readonly string[]
  readonly io?: string
}

/** What `/proc`, `/sys` and `/etc` of a machine look like, in a folder that is gone in the end. */
export class MachineFolder implements Disposable {
  readonly root: string = mkdtempSync(join(tmpdir(), 'machine-'))

  /** As a machine with Linux 6.18 had them. */
  static recorded(): MachineFolder {
    const folder = new MachineFolder()
    cpSync(new URL('../../../testdata/linux-6.18/', import.meta.url), folder.root, { recursive: true })
    return folder
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const whole = join(this.root, path)
      mkdirSync(dirname(whole), { recursive: true })
      writeFileSync(whole, text)
    }
  }

  writeProcess(pid: number, written: WrittenProcess = {}): void {
    const { residentPages = 100, sharedPages = 40, command = ['program'] } = written
    this.write({
      [`proc/${pid}/stat`]: statOf(pid, written),
      [`proc/${pid}/statm`]: `1000 ${residentPages} ${sharedPages} 10 0 50 0\n`,
      [`proc/${pid}/cmdline`]: command.map((word) => `${word}\0`).join(''),
      ...(written.io === undefined ? {} : { [`proc/${pid}/io`]: written.io }),
    })
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true })
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true })
  }
}

function statOf(pid: number, written: WrittenProcess): string {
  const { name = 'program', state = 'S', parent = 1, flags = 0, userTicks = 1, systemTicks = 2 } = written
  const { nice = 0, threads = 1, startTicks = 1_000, residentPages = 100 } = written
  const front = `${pid} (${name}) ${state} ${parent} ${pid} ${pid} 0 -1 ${flags} 0 0 0 0`
  const back = `17 0${' 0'.repeat(13)}`
  const middle = `${userTicks} ${systemTicks} 0 0 20 ${nice} ${threads} 0 ${startTicks}`
  return `${front} ${middle} 4096000 ${residentPages} ${back}\n`
}
