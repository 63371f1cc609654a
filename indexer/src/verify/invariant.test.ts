import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { type Deployment, loadDeployment } from '../deployment/deployment.ts'
import { parseInvariants } from './invariant.ts'

const subgraph = join(import.meta.dirname, '../../../subgraph')
let deployment: Deployment

beforeAll(async () => {
  deployment = await loadDeployment(join(subgraph, 'build/subgraph.yaml'))
})

const problemsOf = (text: string) => {
  try {
    parseInvariants(text, deployment)
    return []
  } catch (error) {
    return (error as { facts: { problems: string[] } }).facts.problems
  }
}

it('reads those of the example', async () => {
  const invariants = parseInvariants(await readFile(join(subgraph, 'invariants.yaml'), 'utf8'), deployment)
  expect(invariants.length).toBeGreaterThanOrEqual(4)
  expect(invariants.map(({ subject }) => subject.kind)).toContain('sum')
})

it.each([
  ['', 'expected object'],
  ['invariants: [', 'unexpected end'],
  ['invariants: [{ claim: 7 }]', 'invariants: 0'],
  ['others: []', 'must be a list'],
  ['invariants: [Balance]', 'it must look like'],
  ['invariants: [Nothing.amount = Patron.balanceOf(id)]', 'no entity type `Nothing`'],
  ['invariants: [Balance.sum = Patron.balanceOf(id)]', 'no field `sum`'],
  ['invariants: [Account.tokens = Patron.balanceOf(id)]', 'derived, not stored'],
  ['invariants: [sum(Collection.name) = Patron.totalSupply()]', 'no whole number'],
  ['invariants: [count(Balance) = Patron.balanceOf(id)]', 'a count is of all entities'],
  ['invariants: [Balance.amount = Nobody.balanceOf(id)]', 'no ABI is called `Nobody`'],
  ['invariants: [Balance.amount = Patron.balanceOf()]', 'no function `balanceOf` with 0 arguments'],
  ['invariants: [Token.owner = Collection.ownerOf(tokenId)]', 'say where it is: Collection[0x…]'],
  ['invariants: [Listing.price = Market.listings(id)]', 'say which'],
  ['invariants: [Listing.price = Market.listings(id).colour]', 'returns no `colour`'],
  [
    'invariants: ["count(Balance) = Patron.totalSupply()", "count(Balance)  =  Patron.totalSupply()"]',
    'stands there twice',
  ],
  ['invariants: [{ claim: "Balance.amount = Patron.balanceOf(id)", where: { colour: red } }]', 'no field `colour`'],
])('refuses %j', (text, problem) => {
  expect(problemsOf(text).join('\n')).toContain(problem)
})
