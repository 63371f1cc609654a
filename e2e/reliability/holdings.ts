import { ask } from '../graphql.ts'
import { type Holdings, line } from './ledger.ts'

interface Answer {
  readonly _meta: { readonly block: { readonly hash: string } }
  readonly transfers: readonly { from: Ref; to: Ref; value: string; block: string; logIndex: string; id: string }[]
  readonly accounts: readonly { id: string; balance: string; transfers: number }[]
  readonly metadataUpdates: readonly { id: string; token: Ref; uri: string; block: string }[]
  readonly tokens: readonly { id: string; symbol: string | null; name: string | null }[]
}
type Ref = { readonly id: string }

const page = 1000

/** Everything an index says that it holds, asked through its door, all of one block: the one given, or its newest. */
export async function readHoldings(subgraph: string, block?: number): Promise<Holdings> {
  return (await readState(subgraph, block)).holdings
}

/** The same, and the hash of its newest block, which it is of if none is given. */
export async function readState(subgraph: string, block?: number): Promise<{ hash: string; holdings: Holdings }> {
  let at = block === undefined ? '' : `, block: { number: ${block} }`
  const {
    _meta: meta,
    transfers,
    ...rest
  } = await answer(
    subgraph,
    `{ _meta { block { hash } } ${transfersAfter('0x', at)}
       accounts(first: ${page}${at}) { id balance transfers }
       metadataUpdates(first: ${page}${at}) { id token { id } uri block }
       tokens(first: ${page}${at}) { id symbol name } }`,
  )
  if (block === undefined) at = `, block: { hash: "${meta.block.hash}" }`
  const all = [...transfers]
  for (let last = transfers; last.length === page; all.push(...last)) {
    last = (await answer(subgraph, `{ ${transfersAfter(last.at(-1)?.id ?? '', at)} }`)).transfers
  }
  const holdings = {
    transfers: all.map((one) => line(one.block, one.logIndex, one.from.id, one.to.id, one.value)).sort(),
    accounts: rest.accounts.map(({ id, balance, transfers: count }) => line(id, balance, count)).sort(),
    updates: rest.metadataUpdates.map(({ block: number, token, uri }) => line(number, token.id, uri)).sort(),
    tokens: rest.tokens.map(({ id, symbol, name }) => line(id, symbol, name)).sort(),
  }
  return { hash: meta.block.hash, holdings }
}

function transfersAfter(id: string, at: string): string {
  return `transfers(first: ${page}, where: { id_gt: "${id}" }${at}) { id from { id } to { id } value block logIndex }`
}

async function answer(subgraph: string, query: string): Promise<Answer> {
  const { data, errors } = await ask(subgraph, query)
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data as unknown as Answer
}
