import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address } from 'viem'
import { buildSources, place } from './build.ts'
import type { Chain } from './chain.ts'
import type { Ends } from './ending.ts'
import type { Changes, Put } from './manifest.ts'
import type { Contract } from './solidity.ts'
import { caller, type Plot, type Story } from './story.ts'

/** One build of the corpus that both run. */
export interface Entry extends Ends {
  readonly name: string
  /** One of many alike: it gets few questions. */
  readonly isVariant?: boolean
  /** Too much for a quick run. */
  readonly isDear?: boolean
  /** Deployed by the admin doors of both when what comes before it stands. Others are there from the start. */
  readonly late?: Late
  /**
   * Deploys what it needs on the chain and says what will happen there. The folder is where its build has to be: as
   * `<folder>/build/subgraph.yaml`, once `build` has ended.
   */
  prepare(place: { chain: Chain; contracts: Readonly<Record<string, Contract>>; folder: string }): Promise<Prepared>
}

/** A deployment that needs others, or that both are to know by the same id. */
export interface Late {
  /** Those of one wave are deployed together, when all earlier ones have settled. */
  readonly wave: number
  /** What is written into its manifest at the last moment. */
  edit?(known: Known): Changes | Promise<Changes>
  /** Compared and removed before the others are: nothing needs it, and it has no part in the reorg. */
  readonly passes?: boolean
  /** At which blocks files are handled is nobody's choice, so only the head is compared. */
  readonly isTimeless?: boolean
  /** A file that is put where both find it when all else stands, and what both answer with a row when they have handled it. */
  readonly comesLater?: { readonly content: string; readonly row: string }
}

export interface Known {
  /** Ids of what was deployed so far, by the names of their entries. */
  readonly ids: ReadonlyMap<string, string>
  /** Number of the chain's last block. */
  readonly head: number
  /** Keeps a file where both find it. @returns its CID */
  readonly put: Put
  /** Keeps a file below a CID, where an IPFS node that both ask has it. */
  putBelow(cid: string, path: string, content: string): Promise<void>
  /** Labels of the Ethereum Name Service, known to both by their hash. */
  nameLabels(labels: readonly { readonly hash: string; readonly name: string }[]): Promise<void>
}

export interface Prepared extends Plot {
  build(): Promise<void>
}

/** The entries of a folder of `subgraphs/`: one, or one for each variant of its story. */
export function told(name: string, story: Story): Entry[] {
  const { variants } = story
  if (variants === undefined) return [entryOf(name, name, story, {})]
  return variants.map((variant) => {
    const values = { variant, ...story.valuesOf?.(variant) }
    return entryOf(`${name}-${variant}`, name, story, values, variant)
  })
}

function entryOf(
  name: string,
  source: string,
  story: Story,
  values: Readonly<Record<string, string>>,
  variant?: string,
): Entry {
  return {
    name,
    isVariant: variant !== undefined,
    isDear: variant !== undefined && story.isDear?.(variant) === true,
    ...(variant === undefined ? {} : story.endsOf?.(variant)),
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
        ...story.plot(callers, chain, variant),
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
