/**
 * Tells all reliability checks, and prints a line for each.
 *
 *     npm run reliability                 with a clock that is twenty times as fast
 *     npm run reliability -- --real-time  every wait as long as it is named: about an hour
 *     npm run reliability -- --seed 7     another chain, other dice
 *     npm run reliability -- --evm        contracts in a real EVM in place of a chain that is made up, but where that is the point
 *     npm run reliability -- --only storm --real-time   one file of tests: here, ten minutes of everything at once
 *
 * The last line is `N of 52`. Exit codes: 0 all hold; 1 some do not; 2 they could not be told.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { repository } from '../stack.ts'
import { type Check, checks } from './checks.ts'

/** A test that was run, as Vitest's reporter for machines tells it. */
interface Told {
  readonly file: string
  readonly title: string
  readonly status: string
  /** What stood behind its chain. */
  readonly meta: { readonly chain?: string }
}

/** How they are to be told. */
interface Order {
  readonly isRealTime: boolean
  readonly seed: string
  readonly evm: boolean
  /** Files of tests; all of them if there are none. */
  readonly only: readonly string[]
}

const { values } = parseArgs({
  options: {
    'real-time': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    evm: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
})

const told = await tellAll({ ...values, isRealTime: values['real-time'] })
if (told === null) {
  console.error('THE CHECKS WERE NOT TOLD: see above.')
  process.exit(2)
}
const wanted = checks.filter(
  ({ tests }) => values.only.length === 0 || tests.every(({ file }) => values.only.includes(file)),
)
const held = wanted.map((check) => ({ check, state: stateOf(check, told), chains: chainsOf(check, told) }))
for (const { check, state, chains } of held) {
  console.log(`${String(check.number).padStart(2)}  ${check.name.padEnd(72)}  ${chains.padEnd(7)}  ${state}`)
}
const others = told.filter((test) => !checks.some(({ tests }) => tests.some(isOf(test))))
for (const { file, title, status, meta } of others) {
  console.log(`--  ${`${file}: ${title}`.slice(0, 72).padEnd(72)}  ${(meta.chain ?? '').padEnd(7)}  ${status}`)
}
const count = held.filter(({ state }) => state === 'passed').length
console.log(`\nseed ${values.seed}: ${count} of ${wanted.length}`)
process.exit(count === wanted.length && others.every(({ status }) => status === 'passed') ? 0 : 1)

/** @returns null if Vitest could not run */
async function tellAll({ isRealTime, seed, evm, only }: Order): Promise<readonly Told[] | null> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-reliability-'))
  const outcome = join(folder, 'outcome.json')
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const patience = isRealTime || evm ? ['--testTimeout=1200000', '--hookTimeout=300000'] : []
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${outcome}`]
  const files = only.map((file) => `/${file}.test.ts`)
  try {
    const child = spawn(
      process.execPath,
      [vitest, 'run', '--project', 'reliability', ...patience, ...reporters, ...files],
      {
        cwd: repository,
        env: {
          ...process.env,
          HEDDLE_RELIABILITY_SPEED: isRealTime ? '1' : '20',
          HEDDLE_RELIABILITY_SEED: seed,
          HEDDLE_RELIABILITY_CHAIN: evm ? 'evm' : 'made up',
          HEDDLE_TEST_REORGS: '1000',
        },
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    )
    const pass = (signal: NodeJS.Signals) => child.kill(signal)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass)
    await once(child, 'exit')
    const text = await readFile(outcome, 'utf8').catch(() => null)
    return text === null ? null : readOutcome(text)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function readOutcome(text: string): Told[] {
  const { testResults } = JSON.parse(text) as {
    testResults: { name: string; assertionResults: Omit<Told, 'file'>[] }[]
  }
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ title, status, meta }) => ({ file: basename(name, '.test.ts'), title, status, meta })),
  )
}

function isOf({ file, title }: Told) {
  return (wanted: Check['tests'][number]) => wanted.file === file && title.startsWith(wanted.title)
}

function stateOf({ tests }: Check, all: readonly Told[]): 'passed' | 'failed' | 'not told' {
  const found = tests.map((wanted) => all.filter((test) => isOf(test)(wanted)))
  if (found.some((matching) => matching.length === 0)) return 'not told'
  return found.flat().every(({ status }) => status === 'passed') ? 'passed' : 'failed'
}

function chainsOf({ tests }: Check, all: readonly Told[]): string {
  const found = tests.flatMap((wanted) => all.filter((test) => isOf(test)(wanted)))
  return [...new Set(found.flatMap(({ meta }) => meta.chain ?? []))].sort().join(', ')
}
