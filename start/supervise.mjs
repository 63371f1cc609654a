import { setTimeout as sleep } from 'node:timers/promises'

/** @typedef {import('./children.mjs').Child} Child */

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** Who has run this long has recovered: the next pause is the first again. */
const RECOVERED_MS = 60_000

/**
 * Keeps a child running: when it ends by itself, it is started again, each time after a longer pause.
 * @param {object} options
 * @param {string} options.name
 * @param {Child} options.child - the first, already running
 * @param {() => Promise<Child>} options.startAgain
 * @param {(line: string) => void} options.say
 * @param {AbortSignal} options.signal - from then on, an end is an end
 * @param {(ms: number, signal: AbortSignal) => Promise<void>} [options.pause]
 * @returns {{ current(): Child, settled: Promise<void> }} `settled` once it will not be started again; it never rejects
 */
export function supervise({ name, child, startAgain, say, signal, pause = untilLater }) {
  let current = child
  const settled = (async () => {
    let pauseMs = FIRST_PAUSE_MS
    for (;;) {
      const startedAt = performance.now()
      const how = await current.exited
      await current.stop()
      if (signal.aborted) return
      if (performance.now() - startedAt > RECOVERED_MS) pauseMs = FIRST_PAUSE_MS
      say(
        `The ${name} ended (${how}) and is started again in ${pauseMs / 1000} s${current.log && `; its log: ${current.log}`}`,
      )
      await pause(pauseMs, signal)
      if (signal.aborted) return
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
      try {
        current = await startAgain()
      } catch (error) {
        if (signal.aborted) return
        say(`The ${name} did not start: ${error instanceof Error ? error.message : error}`)
      }
    }
  })()
  return { current: () => current, settled }
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 */
async function untilLater(ms, signal) {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}
