/**
 * Runs the same builds on the same chain in the real graph-node and in our indexer, and compares what they hold and what
 * they answer.
 *
 *     npm run parity                      everything
 *     npm run parity -- --quick           a part of it, for every run of the tests
 *     npm run parity -- --only example    some entries of the corpus, by the beginning of their names; may be repeated
 *     npm run parity -- --property --seed 7 --schemas 50 --queries 200
 *                                         made-up schemas, rows and queries only, as many as one likes
 *     npm run parity -- --full            every difference, not a few of each kind
 *     npm run parity -- --accepted        those that differences.ts lists, too
 *     npm run parity -- --readme            puts the rate into README.md
 *     npm run parity -- --keep            leaves both up afterwards, and says where, until Ctrl-C
 *
 * The last line is `N of M equal`. Exit codes: 0 all that is not in differences.ts is equal; 1 something differs;
 * 2 there is no graph-node for this machine, so nothing was compared.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Compared, Pair } from './compare.ts'
import { corpus } from './corpus.ts'
import { type Block, examineEntities, examineQueries } from './examine.ts'
import { graphNodeBinary, graphNodeVersion } from './graph-node.ts'
import { compareGuests } from './guests.ts'
import { deployLate, doorsOpen } from './late.ts'
import type { Fork } from './play.ts'
import { asTest } from './property/as-test.ts'
import { drawSketch } from './property/draw.ts'
import { randomEntries } from './property/entries.ts'
import { examineAtRandom } from './property/examine.ts'
import { shrink } from './property/shrink.ts'
import { compareRefusals } from './refusals.ts'
import { describeDifferences, rate, summarise } from './report.ts'
import { settled, standings } from './settle.ts'
import { compareStandings } from './standing.ts'
import { startWorld, type World } from './world.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    accepted: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    readme: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    property: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    schemas: { type: 'string' },
    queries: { type: 'string' },
  },
})

const startedAt = performance.now()
const onStep = (what: string) => {
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${what}`)
}

const graphNode = graphNodeBinary()
if ('missing' in graphNode) {
  console.error(`PARITY WAS NOT CHECKED: ${graphNode.missing}.`)
  process.exit(2)
}

const seed = Number(values.seed)
const schemas = Number(values.schemas ?? (values.property ? 10 : values.quick ? 3 : 12))
/** For the two to come to a stand. */
const patience = { withinMs: 120_000, stuckAfterMs: 10_000 }
const queryCount = Number(values.queries ?? (values.quick ? 40 : 150))
const all = [...(values.property ? [] : corpus), ...randomEntries(seed, schemas)]
const chosen = all.filter(
  ({ name, isDear = false, late }) =>
    !(values.quick && (isDear || late !== undefined)) &&
    (values.only.length === 0 || values.only.some((start) => name.startsWith(start))),
)
/** In the order of the deployments of both. */
const present = chosen.filter(({ late }) => late === undefined)
console.log(`graph-node ${graphNodeVersion} and ours, ${chosen.length} builds; seed ${seed} of what is random`)
const world = await startWorld({ binary: graphNode.path, entries: chosen, onStep })
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => world.stop().finally(() => process.exit(130)))
}
let failed = true
try {
  const { compared, known } = await compareWorld(world)
  const differences = describeDifferences(compared, values.full, values.accepted)
  if (differences !== '') console.log(differences)
  onStep('compared')
  if (values.property) await tellSmallest(world, compared, known)
  console.log(summarise(compared))
  if (values.readme) await writeRate(compared)
  failed = compared.some(({ verdict }) => verdict.kind === 'different')
  if (values.keep) await stay(world)
} finally {
  await world.stop()
}
process.exit(failed ? 1 : 0)

/** @returns all comparisons, and blocks that were asked about: the last one was the head when all was told */
async function compareWorld(world: World): Promise<{ compared: Compared[]; known: Block[] }> {
  const told = await world.chain.head()
  const compared = await allArrived(world)
  const head = await world.chain.head()
  compared.push(...(await bothSettled(world, head)))
  onStep(`both have block ${head.number}`)
  const blocks = await someBlocks(world, head.number)
  for (const pair of pairs(world)) {
    const past = pair.isTimeless ? [] : blocks
    const entities = await examineEntities(pair, past)
    const perKind = pair.isVariant ? 5 : values.property ? 10 : values.quick ? 25 : 120
    const queries = await examineQueries(pair, past, { perKind })
    compared.push(...entities, ...queries)
    if (!pair.isVariant) {
      const options = { runs: queryCount, seed, withinMs: values.quick ? 2_000 : 20_000 }
      compared.push(await examineAtRandom(pair, past, options))
    }
    onStep(`${pair.entry}: ${entities.length} listings, ${queries.length} queries`)
  }
  await world.reorg()
  if (present.some(({ late }) => late !== undefined)) {
    await bothSettled(world, await world.chain.head())
    for (let more = 0; more < 3; more++) await anotherBlock(world)
  }
  const after = await world.chain.head()
  compared.push(...(await bothSettled(world, after, true)))
  onStep(`both have block ${after.number}, after a reorg`)
  const fork = await someBlocks(world, after.number)
  const stranded = await strandedIn(world)
  for (const pair of pairs(world)) {
    const withHead = !stranded.has(pair.entry)
    compared.push(...(await examineEntities(pair, pair.isTimeless ? [] : fork.slice(-3), { isAgain: true, withHead })))
    // What graph-node has answered about a block's number it keeps, even when a reorg has put another block there.
    const unasked = [...fork, after].filter(({ number }) => number > head.number)
    const options = { runs: queryCount, seed: seed + 1, withinMs: 20_000 }
    if (values.property) compared.push(await examineAtRandom(pair, unasked, options))
  }
  for (let index = 0, next = world.fork(0); next !== null && !values.quick; next = world.fork(++index)) {
    compared.push(...(await compareFork(world, next)))
  }
  // Last, since graph-node goes on counting what was removed.
  const ground = chosen.find(({ name }) => name === 'ground-base')
  if (ground && !values.quick) {
    compared.push(...(await compareRefusals(join(world.folderOf(ground), 'build/subgraph.yaml'), world)))
    onStep('both have refused')
  }
  return { compared, known: [...blocks, told] }
}

/** Lets both follow a branch that is then taken away again: in each place they have to hold the same. */
async function compareFork(world: World, { depth, grow, cut }: Fork): Promise<Compared[]> {
  const compared: Compared[] = []
  for (const change of [grow, cut]) {
    await change()
    const following = pairs(world).filter(({ isVariant, isTimeless }) => !isVariant && !isTimeless)
    const head = await world.chain.head()
    const these = (side: 'theirs' | 'ours') => ({ ...world[side], deployments: following.map((pair) => pair[side]) })
    await Promise.all([settled(these('theirs'), head, patience), settled(these('ours'), head, patience)])
    const blocks = (await someBlocks(world, head.number)).slice(-3)
    const stranded = await strandedIn(world)
    for (const pair of following) {
      compared.push(...(await examineEntities(pair, blocks, { withHead: !stranded.has(pair.entry) })))
    }
  }
  onStep(`a reorg of ${depth} blocks`)
  return compared
}

/** Those that graph-node cannot take back, since what they would go back to is pruned: it has them on a branch that is no more. */
async function strandedIn({ theirs, chain }: World): Promise<ReadonlySet<string>> {
  const known = await standings(theirs)
  const isStranded = await Promise.all(
    known.map(async (one) => {
      if (one?.latest === undefined) return false
      const { number, hash } = one.latest
      return (await chain.hashAt(number)) !== `0x${hash}`
    }),
  )
  return new Set(present.filter((_, index) => isStranded[index]).map(({ name }) => name))
}

/** Deploys what comes later, wave by wave. */
async function allArrived(world: World): Promise<Compared[]> {
  const compared: Compared[] = []
  const ids = new Map<string, string>()
  if (chosen.length > present.length) await doorsOpen(world)
  const later = Map.groupBy(chosen, ({ late }) => late?.wave ?? 0)
  for (const wave of [...later.keys()].filter((number) => number > 0).sort()) {
    const arriving = later.get(wave) ?? []
    for (const entry of arriving.filter(({ late }) => late?.passes !== true)) {
      const arrival = await deployLate(entry, world, ids)
      compared.push(arrival.compared)
      if (arrival.endpoints === undefined) continue
      present.push(entry)
      world.theirs.deployments.push(arrival.endpoints.theirs)
      world.ours.deployments.push(arrival.endpoints.ours)
    }
    await bothSettled(world, await world.chain.head())
    onStep(`wave ${wave} has arrived`)
    const guests = arriving.filter(({ late }) => late?.passes)
    compared.push(...(await compareGuests(guests, world, ids, (head) => someBlocks(world, head))))
    if (guests.length > 0) onStep(`${guests.length} more have come and gone`)
  }
  for (let more = 0; present.some(({ late }) => late !== undefined) && more < 5; more++) await anotherBlock(world)
  return compared
}

/** Files are handled in the block that comes after them, and graph-node's followers look when the chain has another block. */
async function anotherBlock(world: World): Promise<void> {
  await world.chain.mine()
  await bothSettled(world, await world.chain.head())
}

function pairs({ theirs, ours }: World): (Pair & { readonly isTimeless: boolean })[] {
  return present.flatMap(({ name, isVariant = false, late: { isTimeless = false } = {} }, index) => {
    const [one, other] = [theirs.deployments[index], ours.deployments[index]]
    return one && other ? [{ entry: name, isVariant, isTimeless, theirs: one, ours: other }] : []
  })
}

/** Waits for both, and compares where they came to a stand: block, health, and the message of what stopped them. */
async function bothSettled(world: World, head: Block, isAfterReorg = false): Promise<Compared[]> {
  const [theirs, ours] = await Promise.all([settled(world.theirs, head, patience), settled(world.ours, head, patience)])
  return present.map(({ name, ends = 'healthy', endsAfterReorg = ends }, index) =>
    compareStandings(name, isAfterReorg ? endsAfterReorg : ends, theirs[index], ours[index]),
  )
}

/** Blocks to look back at: at the beginning, on the way, and the last ones, where the stories are. */
async function someBlocks({ chain }: World, head: number): Promise<Block[]> {
  const backs = values.quick ? [7, 3] : [17, 12, 9, 7, 5, 3, 1]
  const numbers = [2, Math.floor(head / 2), ...backs.map((back) => head - back)]
  const known = [...new Set(numbers.filter((number) => number > 0))]
  return await Promise.all(known.map(async (number) => ({ number, hash: (await chain.hashAt(number)) ?? '' })))
}

/** The first difference in what was made up, in the smallest subgraph that has it. */
async function tellSmallest(world: World, compared: readonly Compared[], known: readonly Block[]): Promise<void> {
  const first = compared.find(
    ({ verdict, question: { name, query, isStatus, http } }) =>
      verdict.kind === 'different' && !isStatus && !http && (query || name.startsWith('standing/')),
  )
  const index = Number(first?.entry.split('-').at(-1))
  if (first === undefined || !Number.isInteger(index)) return
  const found = { sketch: drawSketch(seed, index), question: first.question }
  const smallest = await shrink(found, world, known, { withinMs: 600_000, onStep })
  console.log(`the smallest that differs:\n${asTest(smallest, { seed, index, known })}`)
}

async function writeRate(compared: readonly Compared[]): Promise<void> {
  const file = join(import.meta.dirname, '../../README.md')
  const page = await readFile(file, 'utf8')
  await writeFile(file, page.replace(/\d+ of \d+ equal/, rate(compared)))
}

async function stay({ theirs, ours }: World): Promise<void> {
  present.forEach(({ name }, index) => {
    console.log(`${name}: ${theirs.deployments[index]?.endpoint} and ${ours.deployments[index]?.endpoint}`)
  })
  await new Promise(() => undefined)
}
