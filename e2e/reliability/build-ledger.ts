import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSources, place } from '../parity/build.ts'
import { ledger, ledgerAbi } from './ledger.ts'

/** Compiles the ledger's subgraph. @returns the manifest's path, and how to remove it */
export async function buildLedger(): Promise<{ readonly manifest: string; remove(): Promise<void> }> {
  const from = await buildSources({
    name: 'ledger',
    folder: join(import.meta.dirname, 'subgraph'),
    abis: { Ledger: ledgerAbi },
    placeholders: ['ledger'],
  })
  const to = await mkdtemp(join(tmpdir(), 'heddle-ledger-'))
  await place(from, to, { ledger })
  return { manifest: join(to, 'build/subgraph.yaml'), remove: () => rm(to, { recursive: true, force: true }) }
}
