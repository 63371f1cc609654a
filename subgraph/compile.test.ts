import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buildSubgraph } from './compile.ts'

const paths = { out: join(import.meta.dirname, 'build'), abis: join(import.meta.dirname, '../contracts/build/abis') }

it('compiles nothing that it has compiled before', async () => {
  await buildSubgraph(paths)

  expect(await buildSubgraph(paths)).toBe(false)
})

it('leaves the last build in place when the next one cannot be made', async () => {
  await buildSubgraph(paths)
  const before = await readFile(join(paths.out, 'subgraph.yaml'), 'utf8')

  const failing = buildSubgraph({ ...paths, deployment: join(import.meta.dirname, 'nowhere.json') })
  await expect(failing).rejects.toMatchObject({ code: 'SUBGRAPH_DEPLOYMENT_MISSING' })

  expect(await readFile(join(paths.out, 'subgraph.yaml'), 'utf8')).toBe(before)
})
