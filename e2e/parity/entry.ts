import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address } from 'viem'
import { buildSources, place } from './build.ts'
import type { Chain } from './chain.ts'
import type { Contract } from './solidity.ts'
import { caller, type Plot, type Story } from './story.ts'

/** One build of the corpus that both run. */
export interface Entry {
  readonly name: string
  /** One of many alike: it gets few questions. */
  readonly isVariant?: boolean
  /**
   * Deploys what it needs on the chain and says what will happen there. The folder is where its build has to be: as
   * `<folder>/build/subgraph.yaml`, once `build` has ended.
   */
  prepare(place: { chain: Chain; contracts: Readonly<Record<string, Contract>>; folder: string }): Promise<Prepared>
}

export interface Prepared extends Plot {
  build(): Promise<void>
}

/** The entries of a folder of `subgraphs/`: one, or one for each variant of its story. */
export function told(name: string, story: Story): Entry[] {
  const { variants } = story
  if (variants === undefined) return [entryOf(name, name, story, {})]
  return variants.map((variant) => entryOf(`${name}-${variant}`, name, story, { variant }))
}

function entryOf(name: string, source: string, story: Story, values: Readonly<Record<string, string>>): Entry {
  return {
    name,
    isVariant: 'variant' in values,
    prepare: async ({ chain, contracts, folder }) => {
      const addresses: Record<string, Address> = {}
      const callers: Record<string, ReturnType<typeof caller>> = {}
      for (const [role, contractName] of Object.entries(story.contracts)) {
        const contract = contractOf(contracts, contractName)
        const address = await chain.deploy(contract)
        addresses[role] = address
        callers[role] = caller(contract, address)
      }
      return {
        ...story.plot(callers, chain),
        build: async () => {
          const from = await buildSources({
            name: source,
            folder: join(import.meta.dirname, 'subgraphs', source),
            abis: Object.fromEntries(Object.entries(contracts).map(([one, { abi }]) => [one, abi])),
            placeholders: Object.keys(story.contracts),
          })
          await mkdir(folder, { recursive: true })
          await place(from, folder, { ...addresses, ...values })
        },
      }
    },
  }
}

function contractOf(contracts: Readonly<Record<string, Contract>>, name: string): Contract {
  const contract = contracts[name]
  if (contract === undefined) throw new Error(`contracts/ has no ${name}`)
  return contract
}
