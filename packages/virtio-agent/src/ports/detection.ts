/** What was looked at, in order, and where it led; `--diagnose` tells all of it. */
export interface Detection {
  /** What to open; undefined where nothing fits. */
  readonly path: string | undefined
  readonly steps: readonly DetectionStep[]
}

export interface DetectionStep {
  /** What was looked at: `/dev/virtio-ports`. */
  readonly looked: string
  /** What is there, a line each. */
  readonly found: readonly string[]
  readonly outcome: 'chosen' | 'nothing' | 'problem' | 'fine'
  /** What to do about it, as a sentence. */
  readonly advice?: string
}
