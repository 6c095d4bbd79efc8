/** Something that the person at the keyboard can mend: what happened, and what to do about it. */
export class Problem extends Error {
  /**
   * @param {string} what
   * @param {string} remedy
   * @param {string} [detail] What the failing program printed.
   */
  constructor(what, remedy, detail = '') {
    super(what)
    this.name = 'Problem'
    this.remedy = remedy
    this.detail = detail
  }
}

/** The run was told to stop by a signal; nobody needs an explanation. */
export class Interrupted extends Error {}
