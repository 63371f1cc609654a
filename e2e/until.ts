import { setTimeout as pause } from 'node:timers/promises'

/**
 * Asks again and again until the answer satisfies, or the time is up.
 * @param what - completes the sentence "waited 5000 ms until …"
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  withinMs: number,
): Promise<T> {
  const deadline = Date.now() + withinMs
  let last: unknown
  do {
    try {
      const answer = await ask()
      if (satisfies(answer)) return answer
      last = answer
    } catch (error) {
      last = error
    }
    await pause(25)
  } while (Date.now() < deadline)
  throw new Error(
    `waited ${withinMs} ms until ${what}; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  )
}
