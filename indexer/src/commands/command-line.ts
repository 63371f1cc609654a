import { parseArgs } from 'node:util'
import { type Config, parseConfig, UsageError } from '../config.ts'

/** `heddle-indexer verify …` */
export interface VerifyOrder {
  readonly config: Config
  /** A deployment's id or a subgraph's name; absent: all that are indexed here. */
  readonly deployment?: string
  /** How many entities of each invariant to compare; null: all. */
  readonly sample: number | null
  /** Compares every row with an index made anew. */
  readonly isDeep: boolean
  /** Only looks: nothing that a look finds is written down for healing. */
  readonly isDry: boolean
}

/** `heddle-indexer rebuild …` */
export interface RebuildOrder {
  readonly config: Config
  readonly deployment?: string
  readonly isDry: boolean
}

const ours = `
  --deployment <id|name>    which one; default: every deployment that is indexed here
  --dry-run                 only tells: nothing is changed or written down`

export const verifyUsage = `heddle-indexer verify --rpc <network>:<url> --postgres-url <url> [options]   compares the index with the chain
  --sample <count>          entities of each invariant, chosen by chance; default 100
  --all                     every entity
  --deep                    indexes anew beside it and compares every row; what differs is replaced
  --invariants <file>       or <name>=<file>; default: those the deployment was started with${ours}
Exit codes: 0 all agrees; 1 something differs, or could not be compared; 2 the command line cannot be followed.`

export const rebuildUsage = `heddle-indexer rebuild --rpc <network>:<url> --postgres-url <url> [options]   indexes anew beside the running index,
                            and takes its place when it has caught up${ours}
Exit codes: 0 done; 1 it could not be; 2 the command line cannot be followed.`

/** @throws {@link UsageError} naming what is wrong */
export function parseVerify(argv: readonly string[], env: NodeJS.ProcessEnv): VerifyOrder {
  const { own, rest } = take(argv, verifyUsage)
  const { sample = '100', all, deep } = own
  if (!/^\d+$/.test(String(sample))) throw new UsageError(`--sample must be a whole number\n\n${verifyUsage}`)
  return {
    ...common(own, rest, env),
    sample: all === true ? null : Number(sample),
    isDeep: deep === true,
  }
}

/** @throws {@link UsageError} naming what is wrong */
export function parseRebuild(argv: readonly string[], env: NodeJS.ProcessEnv): RebuildOrder {
  const { own, rest } = take(argv, rebuildUsage)
  const wrong = ['sample', 'all', 'deep'].find((name) => name in own)
  if (wrong !== undefined) throw new UsageError(`--${wrong} is for verify\n\n${rebuildUsage}`)
  return common(own, rest, env)
}

type Own = Readonly<Record<string, unknown>>

function common({ deployment, 'dry-run': isDry }: Own, rest: readonly string[], env: NodeJS.ProcessEnv): RebuildOrder {
  return {
    config: parseConfig(rest, env),
    ...(typeof deployment === 'string' ? { deployment } : {}),
    isDry: isDry === true,
  }
}

/** Takes out what is for the command; the rest is for every command. */
function take(argv: readonly string[], usage: string): { own: Own; rest: readonly string[] } {
  if (argv.includes('--help')) throw new UsageError(usage)
  const options = {
    deployment: { type: 'string' },
    sample: { type: 'string' },
    all: { type: 'boolean' },
    deep: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  } as const
  const { values, tokens } = parseArgs({ args: [...argv], strict: false, tokens: true, options })
  const taken = new Set<number>()
  for (const token of tokens) {
    if (token.kind !== 'option' || !(token.name in options)) continue
    taken.add(token.index)
    if (token.value !== undefined && token.inlineValue === false) taken.add(token.index + 1)
  }
  const own = Object.fromEntries(Object.entries(values).filter(([name]) => name in options))
  return { own, rest: argv.filter((_, i) => !taken.has(i)) }
}
