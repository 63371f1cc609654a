/** How a command that keeps things running comes to its end. */
import { isSameProcess } from '../indexer/src/store/process-identity.ts'
import { explain } from './fault.mjs'
import { npmAncestors } from './processes.mjs'
import { down, downOrder } from './services.mjs'

/** npm passes a Ctrl-C on that the terminal has sent us already; two that are closer than this are one. */
const SAME_SIGNAL_MS = 1_000

/** What ends the program: a signal, the npm above it gone, or a failure; whichever came first. */
export function endOnSignals() {
  const aborter = new AbortController()
  /** @type {NodeJS.Signals | undefined} */
  let signal
  /** @type {unknown} */
  let failure
  let askedAt = 0
  let isHurried = false

  /** @param {NodeJS.Signals} name */
  const ask = (name) => {
    if (aborter.signal.aborted) {
      if (performance.now() - askedAt > SAME_SIGNAL_MS) isHurried = true
      return
    }
    signal = name
    askedAt = performance.now()
    aborter.abort()
  }
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, () => ask(name))
  const above = npmAncestors()
  setInterval(() => above.every(isSameProcess) || ask('SIGHUP'), 1_000).unref()

  /** @type {Promise<void>} */
  const asked = new Promise((resolve) => aborter.signal.addEventListener('abort', () => resolve()))
  return {
    signal: aborter.signal,
    asked,
    isHurried: () => isHurried,
    why: () => ({ signal, failure }),
    fail(/** @type {unknown} */ error) {
      if (aborter.signal.aborted) return
      failure = error
      askedAt = performance.now()
      aborter.abort()
    },
  }
}

/**
 * Takes down what is up, and says why unless it was asked to.
 * @param {import('./services.mjs').Stack} stack
 * @param {import('./steps.mjs').Steps} steps
 * @param {ReturnType<typeof endOnSignals>} ending
 * @param {() => Promise<void>} release
 * @returns {Promise<number>} the exit code
 */
export async function takeDown(stack, steps, ending, release) {
  const { signal, failure } = ending.why()
  const parts = downOrder.filter((part) => stack[part] !== undefined)
  if (signal !== undefined && parts.length > 0) steps.say(`Stopping: ${parts.join(', ')}`)
  try {
    await down(stack, ending.isHurried)
  } catch (error) {
    console.error(explain(error))
  }
  await release()
  steps.end()
  if (signal !== undefined) return 0
  console.error(explain(failure))
  return 1
}
