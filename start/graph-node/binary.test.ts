import { expect, it } from 'vitest'
import { graphNodeBinary, hasGraphNode, requirePlatform } from './binary.mjs'

it.each([
  { platform: 'darwin', arch: 'arm64' },
  { platform: 'linux', arch: 'arm64' },
  { platform: 'win32', arch: 'x64' },
])('says in one sentence that graph-node cannot run on %j', (machine) => {
  const refused = expect.objectContaining({
    code: 'RUNTIME_UNAVAILABLE',
    message: `--runtime graph-node needs Linux x64, the only system npm has graph-node for, and this is ${machine.platform} ${machine.arch}: use --runtime embedded, or docker compose up.`,
  })
  expect(() => requirePlatform(machine)).toThrow(refused)
  expect(() => graphNodeBinary(process.cwd(), machine)).toThrow(refused)
})

it('notices that npm left it out', () => {
  const machine = { platform: 'linux', arch: 'x64' }
  expect(() => graphNodeBinary('/nowhere', machine)).toThrow(
    expect.objectContaining({ code: 'RUNTIME_UNAVAILABLE', message: expect.stringContaining('npm left out') }),
  )
  expect(hasGraphNode('/nowhere')).toBe(false)
})
