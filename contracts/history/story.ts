/**
 * The history of the example, thought out before a transaction is sent: the same seed, deployment and time give the same
 * steps, to the byte. That is what lets `play` go on after an interruption.
 */
import { type LocalAccount, parseEther } from 'viem'
import { call, transfer } from '../call.ts'
import type { Deployment } from '../deployment.ts'
import { FEE_BPS } from '../ignition/contracts.ts'
import { anchorForAnother, anchorOwn, commitBatch } from './anchors.ts'
import { commissions, people } from './cast.ts'
import { changeRoyalty, mint, moveDescription, moveMetadata, openCollection } from './creators.ts'
import { Ledger } from './ledger.ts'
import { type Random, seededRandom } from './random.ts'
import type { Stage } from './stage.ts'
import type { Step } from './step.ts'
import { acceptOffer, buy, cancel, give, list, makeOffer, updatePrice, withdraw, withdrawOffer } from './traders.ts'
import type { World } from './world.ts'

export type Plot = {
  readonly seed: number
  readonly deployment: Deployment
  /** The deployer, then everybody in the cast. */
  readonly accounts: readonly LocalAccount[]
  /** The first and the last block's time, in Unix seconds; the last is later if there is no room in between. */
  readonly from: number
  readonly to: number
}

export type Story = {
  /** In order of sending. */
  readonly steps: readonly Step[]
  /** The time of each block of the history, in Unix seconds, rising. */
  readonly times: readonly number[]
  readonly world: World
}

const BLOCKS = 200
const DEPLOYER = 0
const COINS = parseEther('10')
const PATRONS = parseEther('5000')
/** How much of all tokens should be for sale. */
const FOR_SALE = 0.36

const actions = {
  list,
  buy,
  updatePrice,
  cancel,
  makeOffer,
  acceptOffer,
  withdrawOffer,
  give,
  withdraw,
  moveMetadata,
  moveDescription,
  changeRoyalty,
  anchorOwn,
  anchorForAnother,
  commitBatch,
} satisfies Record<string, (stage: Stage) => boolean | Promise<boolean>>

export async function tellStory({ seed, deployment, accounts, from, to }: Plot): Promise<Story> {
  const random = seededRandom(seed)
  const times = spread(random, from, to)
  const ledger = new Ledger(FEE_BPS, DEPLOYER)
  const steps: Step[] = []
  for (const [block, now] of times.entries()) {
    const end = times.at(-1) ?? now
    const stage: Stage = {
      random,
      ledger,
      deployment,
      accounts,
      now,
      end,
      timeIn: (blocks) => times[block + blocks] ?? end,
      send: (sender, sent) => steps.push({ ...sent, block, sender }),
    }
    prepare(stage, block)
    await act(stage, block)
  }
  return { steps, times, world: worldOf(ledger, accounts, deployment, seed) }
}

/** Uneven steps of at least a second. A chain without room for them runs a little ahead of the clock. */
function spread(random: Random, from: number, to: number): number[] {
  const weights = Array.from({ length: BLOCKS }, () => 0.05 + random.unit() ** 3)
  const whole = weights.reduce((sum, weight) => sum + weight, 0) - (weights[0] ?? 0)
  const room = Math.max(0, to - from - (BLOCKS - 1))
  let sum = 0
  return weights.map((weight, block) => {
    sum += block === 0 ? 0 : weight
    return from + block + Math.floor((room * sum) / whole)
  })
}

/** What has to happen in a certain block: people get coins, collections are opened, and all titles minted in time. */
function prepare(stage: Stage, block: number): void {
  const { random, ledger, deployment, accounts } = stage
  const { Patron, Market } = deployment.contracts
  for (const account of [2 * block + 1, 2 * block + 2].filter((index) => index < accounts.length)) {
    const { address } = accounts[account] ?? {}
    if (!address) continue
    ledger.purse(account).native += COINS
    ledger.purse(account).patron += PATRONS
    stage.send(DEPLOYER, transfer(address, COINS))
    stage.send(DEPLOYER, call('Patron', Patron, 'mint', [address, PATRONS]))
  }
  const commission = commissions[ledger.collections.length]
  const opensAt = 4 + Math.floor((ledger.collections.length * BLOCKS * 0.5) / commissions.length)
  if (commission && block >= opensAt) openCollection(stage, commission)
  else {
    const pace = block > BLOCKS * 0.75 ? 0.6 : 0.12
    for (const collection of ledger.collections.filter(({ minted }) => random.chance(minted === 0 ? 0.8 : pace))) {
      for (let count = random.int(1, 3); count > 0; count -= 1) mint(stage, collection)
    }
  }
  if (block === Math.floor(BLOCKS * 0.6)) {
    ledger.feeBps = 200
    stage.send(DEPLOYER, call('Market', Market, 'setFee', [ledger.feeBps, accounts[DEPLOYER]?.address]))
  }
}

async function act(stage: Stage, block: number): Promise<void> {
  const { random, ledger } = stage
  if (ledger.tokens.length === 0) return
  const share = ledger.forSale.length / ledger.tokens.length
  const isEnding = block > BLOCKS * 0.95
  let left = Number(random.weighted({ 1: 70, 2: 20, 3: 10 }))
  for (let tries = 0; left > 0 && tries < 12; tries += 1) {
    const action = random.weighted({
      list: share < FOR_SALE ? 9 : 1,
      buy: share < FOR_SALE - 0.06 ? 3 : isEnding ? 1 : 7,
      updatePrice: 2.5,
      cancel: share < FOR_SALE ? 0.3 : 1.5,
      makeOffer: 3,
      acceptOffer: 1.4,
      withdrawOffer: 0.8,
      give: 1.2,
      withdraw: 1.6,
      moveMetadata: 0.9,
      moveDescription: 0.2,
      changeRoyalty: 0.2,
      anchorOwn: 0.9,
      anchorForAnother: 0.8,
      commitBatch: 0.4,
    } satisfies Record<keyof typeof actions, number>)
    if (action && (await actions[action](stage))) left -= 1
  }
}

function worldOf(ledger: Ledger, accounts: Plot['accounts'], { genesis }: Deployment, seed: number): World {
  const addressOf = (index: number) => (accounts[index]?.address.toLowerCase() ?? '0x') as `0x${string}`
  return {
    genesis,
    seed,
    accounts: people.map((name, index) => ({ name, address: addressOf(index + 1) })),
    collections: ledger.collections.map(({ address, name, symbol, creator }) => ({
      address,
      name,
      symbol,
      creator: addressOf(creator),
    })),
    tokens: ledger.tokens.map(({ collection, id, name, uri }) => ({
      collection: collection.address,
      tokenId: id,
      name,
      uri,
    })),
  }
}
