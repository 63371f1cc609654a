/** What people do to make their off-chain records checkable. */
import { keccak256, toHex } from 'viem'
import { call } from '../call.ts'
import type { Stage } from './stage.ts'

const DAY_SECONDS = 86_400

export function anchorOwn(stage: Stage): boolean {
  const owner = stage.random.int(1, stage.accounts.length - 1)
  stage.send(owner, call('Anchor', stage.deployment.contracts.Anchor, 'anchor', [recordHash(stage, owner)]))
  return true
}

/** One person signs, another one sends. */
export async function anchorForAnother(stage: Stage): Promise<boolean> {
  const { random, ledger, accounts, deployment, end } = stage
  const owner = random.int(1, accounts.length - 1)
  const submitter = random.pick(
    accounts
      .keys()
      .drop(1)
      .filter((account) => account !== owner)
      .toArray(),
  )
  const account = accounts[owner]
  if (submitter === undefined || account === undefined) return false
  const { Anchor } = deployment.contracts
  const nonce = ledger.anchorNonces.get(owner) ?? 0
  ledger.anchorNonces.set(owner, nonce + 1)
  const message = {
    owner: account.address,
    hash: recordHash(stage, owner),
    nonce: BigInt(nonce),
    deadline: BigInt(end + DAY_SECONDS),
  }
  const signature = await account.signTypedData({
    domain: { name: 'Heddle Anchor', version: '1', chainId: deployment.chainId, verifyingContract: Anchor },
    types: anchorTypes,
    primaryType: 'Anchor',
    message,
  })
  stage.send(submitter, call('Anchor', Anchor, 'anchorFor', [message.owner, message.hash, message.deadline, signature]))
  return true
}

export function commitBatch(stage: Stage): boolean {
  const submitter = stage.random.int(1, stage.accounts.length - 1)
  const args = [recordHash(stage, submitter), stage.random.int(2, 64)]
  stage.send(submitter, call('Anchor', stage.deployment.contracts.Anchor, 'commit', args))
  return true
}

const anchorTypes = {
  Anchor: [
    { name: 'owner', type: 'address' },
    { name: 'hash', type: 'bytes32' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const

function recordHash({ random }: Stage, account: number): `0x${string}` {
  return keccak256(toHex(`record of account ${account}, version ${random.int(1, 2 ** 31)}`))
}
