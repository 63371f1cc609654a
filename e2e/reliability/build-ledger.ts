import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSources, place } from '../parity/build.ts'
import { ledger, ledgerAbi } from './ledger.ts'

/** How a build of the ledger's subgraph differs from the others. */
export interface Variant {
  readonly network?: string
  /** `handleMetadataUpdated` fails at an empty URI; `handleAnyMetadataUpdated` does not. */
  readonly onUpdate?: 'handleMetadataUpdated' | 'handleAnyMetadataUpdated'
  /** A field more in the type `Token`: another schema, for which all has to be indexed anew. */
  readonly extraField?: string
}

/** Compiles the ledger's subgraph. @returns the manifest's path, and how to remove it */
export async function buildLedger(
  variant: Variant = {},
): Promise<{ readonly manifest: string; remove(): Promise<void> }> {
  const { network = 'chaos', onUpdate = 'handleMetadataUpdated', extraField } = variant
  const from = await buildSources({
    name: 'ledger',
    folder: join(import.meta.dirname, 'subgraph'),
    // As a compiler writes it: whether an event is anonymous is never left out.
    abis: { Ledger: ledgerAbi.map((entry) => (entry.type === 'event' ? { ...entry, anonymous: false } : entry)) },
    placeholders: ['ledger', 'network'],
  })
  const to = await mkdtemp(join(tmpdir(), 'heddle-ledger-'))
  await place(from, to, { ledger, network })
  await edit(join(to, 'build/subgraph.yaml'), (text) => text.replace('handleMetadataUpdated', onUpdate))
  if (extraField !== undefined) {
    const withField = (text: string) => text.replace('updates: Int!', `updates: Int!\n  ${extraField}: String`)
    await edit(join(to, 'build/schema.graphql'), withField)
  }
  return { manifest: join(to, 'build/subgraph.yaml'), remove: () => rm(to, { recursive: true, force: true }) }
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')))
}
