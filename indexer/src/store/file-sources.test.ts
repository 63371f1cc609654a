import { expect, it } from 'vitest'
import { aBlockLink, aDeployment } from '../../test/deployment.ts'
import { scratchDatabase } from '../../test/postgres.ts'
import { aSource } from '../../test/source.ts'
import type { NewSource } from '../deployment/deployment.ts'
import type { Change, FileChanges } from '../entity/change.ts'
import { createPostgres } from './postgres.ts'
import { openStore } from './store.ts'

const template = {
  ...aSource({ name: 'Page', eventHandlers: [] }).definition,
  isTemplate: true,
  fileHandler: { handler: 'handlePage', entities: ['Page'] },
}

const schema = 'type Page @entity(immutable: false) { id: ID!, text: String! }'

async function aStore() {
  const database = await scratchDatabase()
  const postgres = createPostgres(database.url, { max: 4 })
  const deployment = aDeployment(schema, { templates: [template] })
  const store = await openStore(postgres, deployment)
  return {
    store,
    graftedAt: async (block: number) => {
      const graft = { base: deployment.id, block }
      const grafted = await openStore(postgres, aDeployment(schema, { id: 'QmGraft', templates: [template], graft }))
      await grafted.takeOver(async (number) => aBlockLink(number))
      return grafted
    },
    write: (number: number, files: Partial<FileChanges>, ...changes: readonly Change[]) => {
      const block = aBlockLink(number)
      const done = { block, changes, newSources: [], files: { created: [], handled: [], ...files } }
      return store.commit([done], [block], block)
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await postgres.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

function aFile(path: string, context: NewSource['context'] = {}): NewSource {
  return { template: 'Page', address: `0x${Buffer.from(path).toString('hex')}`, context }
}

function aPage(id: string, order: number, region?: number): Change {
  const entity = new Map([
    ['id', { kind: 'String', value: id } as const],
    ['text', { kind: 'String', value: 'x' } as const],
  ])
  return { kind: 'insert', type: 'Page', id, entity, order, ...(region === undefined ? {} : { region }) }
}

it('keeps each wish once, whatever the order of its context, and tells those that wait', async () => {
  await using scratch = await aStore()
  const [one, two] = [{ a: { type: 'Int', data: 1 } } as const, { b: { type: 'Int', data: 2 } } as const]
  await scratch.write(1, { created: [aFile('Qa', { ...one, ...two }), aFile('Qa')] })
  await scratch.write(2, { created: [aFile('Qa', { ...two, ...one }), aFile('Qb')], handled: [2] })

  expect(await scratch.store.waitingFiles(0)).toMatchObject([
    { region: 1, createdAt: 1, ...aFile('Qa', { ...one, ...two }) },
    { createdAt: 2, ...aFile('Qb') },
  ])
  expect(await scratch.store.waitingFiles(1)).toMatchObject([aFile('Qb')])
})

it('lets a file wait again when the block it was handled in is taken back', async () => {
  await using scratch = await aStore()
  await scratch.write(1, { created: [aFile('Qa')] })
  await scratch.write(2, { created: [aFile('Qb')], handled: [1] }, aPage('a', 0, 1))
  await scratch.store.revertTo(aBlockLink(1))

  expect(await scratch.store.waitingFiles(0)).toMatchObject([{ region: 1, ...aFile('Qa') }])
})

it('shows the chain nothing of a file, and refuses both the same id', async () => {
  await using scratch = await aStore()
  await scratch.write(1, {}, aPage('chain', 0), aPage('file', 1, 7))

  const found = await scratch.store.read(['chain', 'file'].map((id) => ({ type: 'Page', id })))
  expect([...found.keys()]).toEqual(['Page/chain'])
  await expect(scratch.write(2, {}, aPage('file', 0))).rejects.toMatchObject({ code: 'STORE_CONSTRAINT_BROKEN' })
  await expect(scratch.write(2, {}, aPage('new', 0), aPage('new', 1, 8))).rejects.toMatchObject({
    code: 'STORE_CONSTRAINT_BROKEN',
  })
})

it('shows the chain nothing of a file after a graft either, and lets those wait that came later', async () => {
  await using scratch = await aStore()
  await scratch.write(1, { created: [aFile('Qa'), aFile('Qb')] }, aPage('chain', 0))
  await scratch.write(2, { handled: [1] }, aPage('file', 0, 1))
  await scratch.write(3, { handled: [2] }, aPage('later', 0, 2))
  await scratch.write(300, {})
  const grafted = await scratch.graftedAt(2)

  const found = await grafted.read(['chain', 'file', 'later'].map((id) => ({ type: 'Page', id })))
  expect([...found.keys()]).toEqual(['Page/chain'])
  expect(await grafted.waitingFiles(0)).toMatchObject([{ region: 2, ...aFile('Qb') }])
  await grafted.close()
})
