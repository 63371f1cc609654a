import { expect, it } from 'vitest'
import { showSteps } from './steps.mjs'

it('writes a line for each step as it ends, with its time', async () => {
  const { out, text } = anOutput()
  const steps = showSteps(out)
  const slow = Promise.withResolvers<void>()

  const build = steps.run('build', () => slow.promise)
  await steps.run('chain', async () => undefined)
  slow.resolve()
  await build
  steps.end()

  expect(text().replace(/ +\d+\.\d s/g, ' n s')).toBe('  ✓ chain n s\n  ✓ build n s\n')
})

it('marks a step that failed and passes the failure on', async () => {
  const { out, text } = anOutput()
  const failing = showSteps(out).run('deploy', () => Promise.reject(new Error('no funds')))
  await expect(failing).rejects.toThrow('no funds')
  expect(text()).toContain('✗ deploy')
})

it('leaves nothing of the live line on a terminal', async () => {
  const { out, text } = anOutput({ isTTY: true })
  const steps = showSteps(out)
  steps.say('Heddle is ready')
  steps.end()
  expect(text()).toBe('\r\x1b[2KHeddle is ready\n\r\x1b[2K')
})

function anOutput({ isTTY = false } = {}) {
  const written: string[] = []
  return { out: { write: (part: string) => written.push(part), isTTY }, text: () => written.join('') }
}
