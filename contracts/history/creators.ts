/** What creators do: open collections, mint, and change their minds about how a work is described. */
import { getContractAddress } from 'viem'
import { call } from '../call.ts'
import type { Commission } from './cast.ts'
import { folderCid } from './cid.ts'
import type { Collection, Token } from './ledger.ts'
import type { Stage } from './stage.ts'

export function openCollection(stage: Stage, { name, symbol, creator, royaltyBps, titles }: Commission): void {
  const { Atelier } = stage.deployment.contracts
  // A contract's own nonce counts from 1.
  const nonce = BigInt(stage.ledger.collections.length + 1)
  const address = getContractAddress({ from: Atelier, nonce }).toLowerCase() as `0x${string}`
  const account = creator + 1
  const collection = { address, name, symbol, creator: account, titles, minted: 0, revision: 0, royaltyBps }
  stage.ledger.collections.push({ ...collection, royaltyReceiver: account })
  const args = [name, symbol, contentUri(symbol, 0), BigInt(royaltyBps)]
  stage.send(account, call('Atelier', Atelier, 'createCollection', args))
}

/** Mints the collection's next title: for its creator, or now and then straight to somebody who ordered it. */
export function mint(stage: Stage, collection: Collection): void {
  const { ledger, random, accounts } = stage
  const name = collection.titles[collection.minted]
  if (name === undefined) return
  const owner = random.chance(0.8) ? collection.creator : random.int(1, accounts.length - 1)
  collection.minted += 1
  const token: Token = { collection, id: collection.minted, name, uri: '', revision: 0, owner }
  token.uri = tokenUri(token)
  ledger.tokens.push(token)
  const args = [accounts[owner]?.address, token.uri]
  stage.send(collection.creator, call('Collection', collection.address, 'mint', args))
}

export function moveMetadata(stage: Stage): boolean {
  const token = stage.random.pick(stage.ledger.tokens)
  if (!token) return false
  token.revision += 1
  token.uri = tokenUri(token)
  const { collection, id, uri } = token
  stage.send(collection.creator, call('Collection', collection.address, 'setTokenURI', [BigInt(id), uri]))
  return true
}

export function moveDescription(stage: Stage): boolean {
  const collection = stage.random.pick(stage.ledger.collections)
  if (!collection) return false
  collection.revision += 1
  const uri = contentUri(collection.symbol, collection.revision)
  stage.send(collection.creator, call('Collection', collection.address, 'setContentURI', [uri]))
  return true
}

export function changeRoyalty(stage: Stage): boolean {
  const { random, ledger, accounts } = stage
  const collection = random.pick(ledger.collections)
  if (!collection) return false
  collection.royaltyBps = random.int(1, 24) * 50
  collection.royaltyReceiver = random.chance(0.7) ? collection.creator : random.int(1, accounts.length - 1)
  const args = [accounts[collection.royaltyReceiver]?.address, BigInt(collection.royaltyBps)]
  stage.send(collection.creator, call('Collection', collection.address, 'setRoyalty', args))
  return true
}

function tokenUri({ collection, id, revision }: Token): string {
  return `ipfs://${folderCid(`${collection.symbol} tokens ${revision}`)}/${id}.json`
}

function contentUri(symbol: string, revision: number): string {
  return `ipfs://${folderCid(`${symbol} collection ${revision}`)}/collection.json`
}
