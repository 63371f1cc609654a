import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { withBuildLock } from './build-lock.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-lock-'))
})

afterEach(() => rm(folder, { recursive: true }))

it('lets one after the other work', async () => {
  let working = 0
  const work = async () => {
    working++
    await new Promise(setImmediate)
    expect(working).toBe(1)
    working--
  }

  await Promise.all(Array.from({ length: 5 }, () => withBuildLock(join(folder, 'lock'), work)))
})

it('takes the lock over from a process that is gone', async () => {
  const gone = spawn(process.execPath, ['-e', ''])
  await once(gone, 'exit')
  await writeFile(join(folder, 'lock'), String(gone.pid))

  expect(await withBuildLock(join(folder, 'lock'), async () => 'done')).toBe('done')
})

it('gives the lock back when the work fails', async () => {
  const failing = withBuildLock(join(folder, 'lock'), () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')

  expect(await withBuildLock(join(folder, 'lock'), async () => 'done')).toBe('done')
})
