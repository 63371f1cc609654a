import type { Pool } from '../chain/pool/pool.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { index, placesOf } from '../member/index-deployment.ts'
import { readBuild } from '../member/read-build.ts'
import type { StoredDeployment } from '../store/deployments.ts'
import type { Postgres } from '../store/postgres.ts'
import { type Rebuilt, rebuild } from '../verify/rebuild.ts'
import type { RebuildOrder } from './command-line.ts'
import { chooseDeployments, withDatabase, withNodes } from './database.ts'
import { table } from './table.ts'

/** What a command works with, for one deployment. */
export interface CommandRooms {
  readonly config: Config
  readonly isDry: boolean
  readonly postgres: Postgres
  readonly rpc: Pool
  readonly stored: StoredDeployment
  /** Whether the new index may take the place of one whose chain was replaced below its final block. */
  readonly mayReplaceFinal?: boolean
}

/**
 * `heddle-indexer rebuild`: indexes anew beside the running index, and puts the rows in its place when it has caught up.
 */
export function runRebuild(order: RebuildOrder, print: (text: string) => void, signal: AbortSignal): Promise<void> {
  return withDatabase(order.config, async (postgres) => {
    for (const stored of await chooseDeployments(postgres, order.deployment)) {
      print(`${stored.names.join(', ') || '(no name)'}  ${stored.id}`)
      await withNodes(order.config, stored.network, (rpc) =>
        rebuildOne({ ...order, postgres, rpc, stored, mayReplaceFinal: true }, print, signal),
      )
    }
  })
}

/** @returns whether both indexes were the same */
export async function rebuildOne(
  { config, isDry, postgres, rpc, stored, mayReplaceFinal = false }: CommandRooms,
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const deployment = await readBuild(postgres, stored)
  const places = placesOf(config)
  const rebuilt = await rebuild(
    {
      postgres,
      deployment,
      live: stored,
      finality: config.finalityBlocks,
      linkAt: (number) => rpc.headerByNumber(number, signal),
      index: (into, tell, until) => index({ config, postgres, rpc, places, ...into }, silent, tell, until),
      isDry,
      mayReplaceFinal,
    },
    signal,
  )
  print(describe(rebuilt, isDry))
  return rebuilt.adopted.length === 0 && !rebuilt.wasReplaced
}

function describe(rebuilt: Rebuilt, isDry: boolean): string {
  const { at, before, after, adopted, wasReplaced, seconds } = rebuilt
  const head = `indexed anew up to block ${at.number} ${at.hash} in ${seconds.toFixed(1)} s`
  if (adopted.length === 0 && !wasReplaced) return `${head}\nstate root ${after.root}: the same as the running index\n`
  const rows = table([
    ['type', 'rows', 'wrong', 'missing', 'state root before', 'anew'],
    ...after.types.map(({ type, rows: count, root }, i) => {
      const differing = adopted.find((one) => one.type === type)
      const [was = '', is = ''] = [before.types[i]?.root.slice(0, 18), root.slice(0, 18)]
      return [type, count, differing?.removed ?? 0, differing?.added ?? 0, was, is]
    }),
  ])
  const beside = adopted.filter(({ type }) => !after.types.some((one) => one.type === type))
  const more = beside.map(({ type, removed, added }) => `${type}: ${removed} wrong, ${added} missing\n`).join('')
  return `${head}\nstate root ${before.root}\nanew       ${after.root}\n${rows}\n${more}${outcomeOf(rebuilt, isDry)}\n`
}

function outcomeOf({ wasReplaced, isUntouched }: Rebuilt, isDry: boolean): string {
  const replaced = wasReplaced ? 'the chain was replaced below the block that was final here: ' : ''
  if (isDry) return `${replaced}nothing was changed (--dry-run)`
  if (isUntouched) return `${replaced}nothing was changed; heddle-indexer rebuild puts the new index in place`
  return wasReplaced ? `${replaced}the new index has taken the old one's place` : 'the rows that differed were replaced'
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }
