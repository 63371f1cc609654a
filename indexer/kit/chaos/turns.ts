/** Questions go on beside each other. A change waits for those under way; whoever asks meanwhile waits for the change. */
export class Turns {
  readonly #asked = new Set<Promise<unknown>>()
  #changed: Promise<unknown> = Promise.resolve()

  async ask<T>(question: () => Promise<T>): Promise<T> {
    const answered = this.#changed.then(question)
    this.#asked.add(answered)
    try {
      return await answered
    } finally {
      this.#asked.delete(answered)
    }
  }

  change<T>(work: () => Promise<T>): Promise<T> {
    const done = Promise.allSettled([this.#changed, ...this.#asked]).then(work)
    this.#changed = done.catch(() => undefined)
    return done
  }
}
