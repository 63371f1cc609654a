import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startAnvil } from '../../contracts/anvil.ts'
import { createRpc, type Rpc } from '../src/chain/rpc.ts'

/** The example's contracts on a chain of their own, with the story played on it, and the build that indexes them. */
export interface Marketplace extends AsyncDisposable {
  readonly url: string
  readonly rpc: Rpc
  /** The compiled manifest; a fresh chain gives the contracts the addresses it was built for. */
  readonly manifest: string
  readonly patron: `0x${string}`
  head(): Promise<number>
  do(method: string, ...params: readonly unknown[]): Promise<unknown>
}

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

export async function aMarketplace(): Promise<Marketplace> {
  const anvil = await startAnvil({ timestamp: Math.floor(Date.now() / 1000) - 30 * 86_400 })
  const folder = await mkdtemp(join(tmpdir(), 'heddle-marketplace-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const node = async (...args: string[]) => {
    await run(process.execPath, args, { cwd: root })
  }
  try {
    const at = ['--rpc-url', anvil.url]
    const deployment = join(folder, 'deployment.json')
    await node('contracts/ignition/deploy.ts', ...at, '--out', deployment)
    await node('contracts/history/play.ts', ...at, '--deployment', deployment, '--out', join(folder, 'world.json'))
  } catch (error) {
    await anvil.stop()
    throw error
  } finally {
    await remove()
  }
  const rpc = createRpc(anvil.url)
  return {
    url: anvil.url,
    rpc,
    manifest: join(root, 'subgraph/build/subgraph.yaml'),
    patron: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
    head: async () => (await rpc.headerByNumber('latest'))?.number ?? 0,
    do: (method, ...params) => rpc.request(method, params, { attempts: 1 }),
    [Symbol.asyncDispose]: () => anvil.stop(),
  }
}
