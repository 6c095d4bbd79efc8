import type { SurveyedBlob } from './survey.ts'
import { planBlob, type BlobPlan, type PlanView, type RepairAction } from './plan.ts'
import type { BlobSaid } from '../statements/statement.ts'

/** Something to do about one blob. */
export interface Errand {
  readonly blob: BlobSaid
  readonly action: RepairAction
  /** Living copies that count. */
  readonly living: number
}

export interface Tally {
  readonly blobs: number
  readonly blobsShort: number
  readonly bytesToRepair: number
  readonly copiesSpare: number
}

/** Plans what a survey shows, and keeps the most pressing of what is to be done, in bounded memory. */
export class Round {
  readonly #view: PlanView
  readonly #errandsMax: number
  #errands: Errand[] = []
  #blobs = 0
  #blobsShort = 0
  #bytesToRepair = 0
  #copiesSpare = 0
  #isCut = false

  constructor(view: PlanView, errandsMax: number) {
    this.#view = view
    this.#errandsMax = errandsMax
  }

  /** Whether some of what there is to do was left for the next one. */
  get isCut(): boolean {
    return this.#isCut
  }

  get tally(): Tally {
    return {
      blobs: this.#blobs,
      blobsShort: this.#blobsShort,
      bytesToRepair: this.#bytesToRepair,
      copiesSpare: this.#copiesSpare,
    }
  }

  /** The most endangered first, giving up copies last. */
  get errands(): readonly Errand[] {
    return this.#errands.toSorted(byUrgency)
  }

  /** What is to become of that blob; undefined where nothing is said of it. */
  add({ said, holders }: SurveyedBlob): BlobPlan | undefined {
    if (said === undefined) return undefined
    const plan = planBlob({ lot: said.lot, copies: said.copies, holders }, this.#view)
    const missing = Math.max(0, plan.wanted - plan.living)
    this.#blobs++
    if (missing > 0) this.#blobsShort++
    this.#bytesToRepair += missing * said.descriptor.size
    this.#copiesSpare += plan.spare
    for (const action of plan.actions) this.#errands.push({ blob: said, action, living: plan.living })
    if (this.#errands.length >= 2 * this.#errandsMax) this.#cut()
    return plan
  }

  finish(): void {
    this.#cut()
  }

  #cut(): void {
    if (this.#errands.length <= this.#errandsMax) return
    this.#errands = this.#errands.toSorted(byUrgency).slice(0, this.#errandsMax)
    this.#isCut = true
  }
}

function byUrgency(a: Errand, b: Errand): number {
  return rank(a) - rank(b) || a.living - b.living || (a.blob.id < b.blob.id ? -1 : 1)
}

function rank({ action }: Errand): number {
  return action.type === 'drop' ? 1 : 0
}
