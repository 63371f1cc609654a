/**
 * Shows what goes on: one line for each finished step with its time; on a terminal also what is still running, and elsewhere
 * a sign of life for what takes long. Steps may overlap.
 */

/**
 * @typedef {{
 *   run<T>(name: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>,
 *   say(line: string): void,
 *   end(): void,
 * }} Steps
 */

const SIGN_OF_LIFE_MS = 15_000

/**
 * @param {{ write(text: string): unknown, isTTY?: boolean, columns?: number }} out
 * @returns {Steps}
 */
export function showSteps(out) {
  const isLive = out.isTTY === true
  /** @type {Map<string, { startedAt: number, detail: string, toldAt: number }>} */
  const running = new Map()
  const timer = setInterval(() => (isLive ? drawLive() : giveSigns()), isLive ? 200 : 1_000)
  timer.unref()

  function drawLive() {
    if (running.size === 0) return
    const text = [...running]
      .map(
        ([name, { startedAt, detail }]) =>
          `${name}${detail && ` (${detail})`} ${seconds(performance.now() - startedAt)}`,
      )
      .join(', ')
    out.write(`\r\x1b[2K  … ${text}`.slice(0, (out.columns ?? 80) + 5))
  }

  function giveSigns() {
    for (const [name, step] of running) {
      if (performance.now() - step.toldAt < SIGN_OF_LIFE_MS) continue
      step.toldAt = performance.now()
      say(`  … ${name}${step.detail && ` (${step.detail})`}, ${seconds(performance.now() - step.startedAt)} so far`)
    }
  }

  /** @param {string} line */
  function say(line) {
    out.write(isLive ? `\r\x1b[2K${line}\n` : `${line}\n`)
  }

  return {
    say,
    async run(name, work) {
      const step = { startedAt: performance.now(), detail: '', toldAt: performance.now() }
      running.set(name, step)
      try {
        const result = await work((text) => {
          step.detail = text
        })
        say(`  ✓ ${name.padEnd(22)} ${seconds(performance.now() - step.startedAt).padStart(8)}`)
        return result
      } catch (error) {
        say(`  ✗ ${name.padEnd(22)} ${seconds(performance.now() - step.startedAt).padStart(8)}`)
        throw error
      } finally {
        running.delete(name)
      }
    },
    end() {
      clearInterval(timer)
      if (isLive) out.write('\r\x1b[2K')
    },
  }
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}
