import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { parseCid } from './cid.ts'
import { filesIn } from './files.ts'

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-files-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'ipfs')
}

it('keeps a file once, however often and by how many it is added', async () => {
  const folder = await aFolder()
  const files = filesIn(folder, { maxBytes: 1_000_000 })
  const content = Buffer.alloc(700_000, 'abcdefg')
  const added = await Promise.all(Array.from({ length: 5 }, () => files.add(content)))
  const [first] = added
  expect(first && Buffer.from((await files.read(first.cid)) ?? []).equals(content)).toBe(true)
  expect(await readdir(folder)).toHaveLength(4)
})

it('has no file of which a block is gone bad, until it is added again', async () => {
  const folder = await aFolder()
  const files = filesIn(folder, { maxBytes: 1_000 })
  const { cid } = await files.add(Buffer.from('as it was'))
  const [block] = await readdir(folder)
  await truncate(join(folder, block ?? ''), 5)
  expect(await files.read(cid)).toBeNull()
  await files.add(Buffer.from('as it was'))
  expect(Buffer.from((await files.read(cid)) ?? []).toString()).toBe('as it was')
})

it('has only what was put in, and nothing too large', async () => {
  const files = filesIn(await aFolder(), { maxBytes: 10 })
  const unknown = parseCid('QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o')
  expect(unknown && (await files.read(unknown))).toBeNull()
  await expect(files.add(Buffer.alloc(11))).rejects.toThrow('larger than 10 bytes')
})
