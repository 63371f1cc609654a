import type { Rpc } from './chain/rpc.ts'
import { OtherChainError } from './errors.ts'
import { readGenesis, writeGenesis } from './store/chains.ts'
import type { Postgres } from './store/postgres.ts'

interface ChainQuestion {
  /** Of the deployment: each notices for itself, also one that was paused while the chain was replaced. */
  readonly number: number
  readonly network: string
  readonly isProduction: boolean
  readonly signal: AbortSignal
}

/**
 * Whether the node follows the chain that the index was built on. The first look remembers its genesis. A development
 * chain that was started anew is one that nobody wants the old rows of, so its genesis takes the old one's place.
 * @returns `replaced` if what is stored is of another chain
 * @throws {@link OtherChainError} in production, where nothing is thrown away; RpcError while the node is away
 */
export async function recogniseChain(
  postgres: Postgres,
  rpc: Rpc,
  { number, network, isProduction, signal }: ChainQuestion,
): Promise<'known' | 'replaced'> {
  const [known, { hash: found }] = await Promise.all([readGenesis(postgres, number), rpc.genesis(signal)])
  if (known === found) return 'known'
  if (known !== null && isProduction) throw new OtherChainError(network, known, found)
  await writeGenesis(postgres, number, found)
  return known === null ? 'known' : 'replaced'
}
