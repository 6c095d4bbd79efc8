/**
 * What `pnpm bench` runs: every `bench/*.bench.ts` of a package exports one `bench`. Like a conformance suite it is
 * plain data, and it counts what it did; the stopwatch is somebody else's.
 */
export interface Bench {
  /** The name of its file: what `pnpm bench NAME` takes. */
  readonly name: string
  /** One sentence: what is compared with whom, and whatever one must know to believe the figures. */
  readonly summary: string
  readonly figures: readonly Figure[]
  readonly durations?: readonly Duration[]
  readonly curves?: readonly Curve[]
}

/** How many of something are done in a second. */
export interface Figure {
  /** What is done, and under which load: `durable append of 256 B, 64 outstanding`. */
  readonly metric: string
  /** What is counted: `records`. */
  readonly unit: string
  readonly ours: Start
  /** They do the same work with the same promise. None where nobody comparable can be had. */
  readonly peers?: readonly Peer[]
  /** What the bare machine does without any of our code: the ceiling to stay close to. */
  readonly floor?: { readonly name: string; readonly start: Start }
  /** How many times a peer's rate ours has to be. */
  readonly goal?: number
}

/** How long something takes that only the bench can time: a latency at some percentile, a time until all know. */
export interface Duration {
  /** What is timed: `a killed node known to all others`. */
  readonly metric: string
  readonly ours: (place: Place) => Timing | Promise<Timing>
  /** As for a figure. */
  readonly peers?: readonly TimedPeer[]
  /** How many times ours a peer's time has to be. */
  readonly goal?: number
  /** What our median may be at most, whoever stands beside it. */
  readonly millisecondsMax?: number
  /** What `time` tells where it is no time, as `MB`, and what our median of it may be. Less is better all the same. */
  readonly amount?: { readonly unit: string; readonly most?: number }
}

export interface TimedPeer {
  readonly name: string
  readonly settings?: string
  /** Gives undefined where it is not installed. */
  readonly start: (place: Place) => Timing | undefined | Promise<Timing | undefined>
}

export interface Timing {
  /** Lets it happen once, and tells how many milliseconds it took. */
  readonly time: () => Promise<number>
  /** Stops what `start` has started. */
  readonly stop?: () => void | Promise<void>
}

export interface Peer {
  /** With its version. */
  readonly name: string
  /** How it is set up, where that matters to the figure. */
  readonly settings?: string
  /** Gives undefined where it is not installed. */
  readonly start: (place: Place) => Running | undefined | Promise<Running | undefined>
}

/** How the cost of doing something once grows with how much there is. */
export interface Curve {
  /** What is done: `hash ring: the owner of a key`. */
  readonly metric: string
  /** What there is 10 to 10,000 of: `members`. */
  readonly items: string
  readonly start: (items: number, place: Place) => Running | Promise<Running>
}

/** Makes everything ready, so that what follows is nothing but the work. */
export type Start = (place: Place) => Running | Promise<Running>

export interface Place {
  /** An empty folder, on a real disk, of this contestant alone; removed for it in the end. */
  readonly folder: string
  /** It is only to be seen that everything runs: nothing need be warmed up, and little is enough. */
  readonly quick?: boolean
}

export interface Running {
  /** Does it `count` times or a little more, and tells how many of the figure's unit that was. */
  readonly work: (count: number) => number | Promise<number>
  /** The length of what a curve is about, where it is a message or a file; otherwise its memory is looked at. */
  readonly bytes?: number
  /** Stops what `start` has started. */
  readonly stop?: () => void | Promise<void>
}
