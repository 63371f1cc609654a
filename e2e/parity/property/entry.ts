import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSources, place } from '../build.ts'
import type { Entry } from '../entry.ts'
import { caller } from '../story.ts'
import { type Sketch, schemaOf, type Write } from './sketch.ts'
import { tapeOf } from './tape.ts'

/** A made-up subgraph as an entry of the corpus: one mapping, compiled once, serves all schemas. */
export function entryOf(name: string, sketch: Sketch): Entry {
  return {
    name,
    prepare: async ({ chain, contracts, folder }) => {
      const { Tape } = contracts
      if (Tape === undefined) throw new Error('contracts/ has no Tape')
      const address = await chain.deploy(Tape)
      const call = caller(Tape, address)
      const calls = (writes: readonly Write[]) =>
        writes.length === 0 ? [] : [call('words', '', [], [], tapeOf(writes))]
      return {
        blocks: sketch.blocks.map(calls),
        orphaned: sketch.orphaned.map(calls),
        kept: sketch.kept.map(calls),
        build: async () => {
          const from = await buildSources({
            name: 'any',
            folder: join(import.meta.dirname, '../subgraphs/any'),
            abis: { Tape: Tape.abi },
            placeholders: ['Tape'],
          })
          await mkdir(folder, { recursive: true })
          await place(from, folder, { Tape: address })
          await writeFile(join(folder, 'build/schema.graphql'), schemaOf(sketch))
        },
      }
    },
  }
}
