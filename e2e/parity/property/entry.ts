import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSources, place } from '../build.ts'
import type { Entry } from '../entry.ts'
import { caller } from '../story.ts'
import { type Sketch, schemaOf } from './sketch.ts'
import { type Taped, tapeOf } from './tape.ts'

/** A made-up subgraph as an entry of the corpus. */
export function entryOf(name: string, sketch: Sketch): Entry {
  return taped(name, schemaOf(sketch), sketch)
}

/** What is written, block by block. */
type Tale = Readonly<Record<'blocks' | 'orphaned' | 'kept', readonly (readonly Taped[])[]>>

/** A schema and what is written as an entry of the corpus: one mapping, compiled once, serves all schemas. */
export function taped(name: string, schema: string, tale: Tale): Entry {
  return {
    name,
    prepare: async ({ chain, contracts, folder }) => {
      const { Tape } = contracts
      if (Tape === undefined) throw new Error('contracts/ has no Tape')
      const address = await chain.deploy(Tape)
      const call = caller(Tape, address)
      const calls = (writes: readonly Taped[]) =>
        writes.length === 0 ? [] : [call('words', '', [], [], tapeOf(writes))]
      return {
        blocks: tale.blocks.map(calls),
        orphaned: tale.orphaned.map(calls),
        kept: tale.kept.map(calls),
        build: async () => {
          const from = await buildSources({
            name: 'any',
            folder: join(import.meta.dirname, '../subgraphs/any'),
            abis: { Tape: Tape.abi },
            placeholders: ['Tape'],
          })
          await mkdir(folder, { recursive: true })
          await place(from, folder, { Tape: address })
          await writeFile(join(folder, 'build/schema.graphql'), schema)
        },
      }
    },
  }
}
