import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address } from 'viem'
import { buildSources, place } from './build.ts'
import type { Entry, Late, Prepared } from './entry.ts'
import { type Caller, caller, type Story } from './story.ts'

/** Several deployments that have to do with each other: on the same contracts, in the order in which they may be deployed. */
export interface Saga {
  /** What every deployment's name begins with. */
  readonly name: string
  readonly story: Pick<Story, 'contracts' | 'plot'>
  readonly sequels: Readonly<Record<string, Sequel>>
}

export interface Sequel extends Late, Pick<Entry, 'ends' | 'endsAfterReorg'> {
  /** A folder of `subgraphs/`. */
  readonly source: string
  /** It follows other subgraphs: for codegen they would have to be somewhere already. */
  readonly isFollower?: boolean
  /** Not part of a quick run. */
  readonly isDear?: boolean
}

/** The entries of a saga. The first one that is prepared puts the contracts on the chain and has the story. */
export function sequels({ name, story, sequels: all }: Saga): Entry[] {
  let cast: Promise<Readonly<Record<string, Caller>>> | undefined
  return Object.entries(all).map(([title, { source, isFollower = false, isDear = false, ...late }]) => ({
    name: `${name}-${title}`,
    isVariant: true,
    isDear,
    ends: late.ends,
    endsAfterReorg: late.endsAfterReorg,
    late,
    prepare: async ({ chain, contracts, folder }): Promise<Prepared> => {
      const isFirst = cast === undefined
      cast ??= deployAll()
      const callers = await cast
      const addresses = Object.fromEntries(Object.entries(callers).map(([role, { address }]) => [role, address]))
      return {
        ...(isFirst ? story.plot(callers, chain) : { blocks: [] }),
        build: async () => {
          const from = await buildSources({
            name: source,
            folder: join(import.meta.dirname, 'subgraphs', source),
            abis: Object.fromEntries(Object.entries(contracts).map(([one, { abi }]) => [one, abi])),
            placeholders: Object.keys(story.contracts),
            isGenerated: isFollower,
          })
          await mkdir(folder, { recursive: true })
          await place(from, folder, addresses)
        },
      }

      async function deployAll() {
        const deployed: Record<string, Caller> = {}
        for (const [role, contractName] of Object.entries(story.contracts)) {
          const contract = contracts[contractName]
          if (contract === undefined) throw new Error(`contracts/ has no ${contractName}`)
          const address: Address = await chain.deploy(contract)
          deployed[role] = caller(contract, address)
        }
        return deployed
      }
    },
  }))
}
