import { join } from 'node:path'
import { formatEther } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Anvil, startAnvil } from './anvil.ts'
import type { Deployment } from './deployment.ts'
import type { World } from './history/world.ts'
import { readJson } from './json-file.ts'
import { connect } from './rpc.ts'
import { openShop } from './shop.ts'
import { run, scratchFolder } from './test/command.ts'

const folder = scratchFolder()
const files = { deployment: join(folder, 'deployment.json'), world: join(folder, 'world.json') }
let anvil: Anvil

beforeAll(async () => {
  anvil = await startAnvil()
  await run('ignition/deploy.ts', ['--rpc-url', anvil.url, '--out', files.deployment])
  await run('history/play.ts', ['--rpc-url', anvil.url, '--deployment', files.deployment, '--out', files.world])
})
afterAll(() => anvil.stop())

it('makes the first live listing a tenth dearer when nothing else is asked', async () => {
  const before = (await shop()).listings[0]
  const { code, printed } = await tx()
  expect(code, printed).toBe(0)
  const after = (await shop()).listings[0]
  expect(after?.id).toBe(before?.id)
  expect(after?.price).toBe(((before?.price ?? 0n) * 110n) / 100n)
  expect(printed).toContain(`"${before?.token.name}"`)
  expect(printed).toContain(formatEther(after?.price ?? 0n))
  expect(printed).toMatch(/in block \d+$/m)
})

it('buys, lists and gives by name', async () => {
  const listing = (await shop()).listings[0]
  const name = listing?.token.name ?? ''
  expect(await tx('buy', name)).toMatchObject({ code: 0, printed: expect.stringContaining('bought it for') })
  expect(await priceOf(name)).toBeUndefined()
  expect(await tx('list', name, '12.5', 'PTRN')).toMatchObject({ code: 0 })
  expect(await priceOf(name)).toBe('12.5')
  expect(await tx('price', name.toUpperCase(), '13')).toMatchObject({ code: 0 })
  expect(await priceOf(name)).toBe('13')
  expect(await tx('cancel', name)).toMatchObject({ code: 0 })
  expect(await priceOf(name)).toBeUndefined()
  expect(await tx('give', name)).toMatchObject({ code: 0, printed: expect.stringContaining('gave it to') })
})

it('knows a token by the symbol of its collection and its id', async () => {
  expect((await tx('give', 'salt#1')).printed).toContain('(SALT#1)')
})

it('says what it knows when it is asked for something else', async () => {
  expect(await tx('steal')).toEqual({
    code: 1,
    printed: 'There is no "steal": it is one of price, buy, list, cancel, give.\n',
  })
  expect((await tx('give', 'The Mona Lisa')).printed).toContain('There is no token "The Mona Lisa"')
})

function tx(...words: readonly string[]) {
  const options = ['--rpc-url', anvil.url, '--deployment', files.deployment, '--world', files.world]
  return run('tx.ts', [...options, '--', ...words])
}

async function shop() {
  const deployment = readJson<Deployment>(files.deployment)
  const world = readJson<World>(files.world)
  if (!deployment || !world) throw new Error('no deployment or no world')
  return openShop(connect(anvil.url), deployment, world)
}

async function priceOf(name: string): Promise<string | undefined> {
  const listing = (await shop()).listings.find(({ token }) => token.name === name)
  return listing && formatEther(listing.price)
}
