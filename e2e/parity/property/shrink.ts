import { type Compared, compare } from '../compare.ts'
import type { Question } from '../question.ts'
import { settled } from '../settle.ts'
import { startWorld } from '../world.ts'
import { entryOf } from './entry.ts'
import { type Sketch, schemaOf, type Value, type Write } from './sketch.ts'
import { smaller } from './smaller.ts'

/** So many smaller worlds are tried at once: both deploy them side by side. */
const triedAtOnce = 16

/**
 * Looks for a smaller schema with fewer rows that is still asked one question in vain. Each step starts both anew.
 * @returns the smallest found before the time is up; the given one if nothing can go
 */
export async function shrink(sketch: Sketch, question: Question, binary: string, withinMs: number): Promise<Sketch> {
  const deadline = performance.now() + withinMs
  let smallest = sketch
  for (let left = smaller(smallest); left.length > 0 && performance.now() < deadline; ) {
    const tried = left.splice(0, triedAtOnce)
    // graph-node ends where it refuses one of them; nothing is learnt from those then.
    const differing = await stillDiffering(tried, question, binary).catch(() => [])
    const [best] = tried.filter((_, index) => differing[index]).sort((a, b) => sizeOf(a) - sizeOf(b))
    if (best === undefined) continue
    smallest = best
    left = smaller(smallest)
  }
  return smallest
}

const sizeOf = (sketch: Sketch) => JSON.stringify(sketch).length

async function stillDiffering(sketches: readonly Sketch[], question: Question, binary: string): Promise<boolean[]> {
  const entries = sketches.map((sketch, index) => entryOf(`smaller-${index}`, sketch))
  const world = await startWorld({ binary, entries, onStep: () => undefined })
  try {
    const head = await world.chain.head()
    const patience = { withinMs: 60_000, stuckAfterMs: 10_000 }
    await Promise.all([settled(world.theirs, head, patience), settled(world.ours, head, patience)])
    return await Promise.all(
      entries.map(async ({ name }, index) => {
        const [theirs, ours] = [world.theirs.deployments[index], world.ours.deployments[index]]
        if (theirs === undefined || ours === undefined) return false
        return isDifferent(await compare(question, { entry: name, isVariant: false, theirs, ours }))
      }),
    )
  } finally {
    await world.stop()
  }
}

const isDifferent = ({ verdict }: Compared) => verdict.kind === 'different'

/** A world and a question as one puts them into a test. */
export function asTest(sketch: Sketch, { query, variables }: Question): string {
  const blocks = sketch.blocks.map((writes, index) => `  ${JSON.stringify(plainBlock(writes, index + 1))},`)
  const given = variables === undefined ? '' : `, ${JSON.stringify(variables)}`
  return [
    `const index = await scratchIndex(\n  \`\n${schemaOf(sketch)}\`,`,
    ...blocks,
    ')',
    `await index.ask(${JSON.stringify(query)}${given})`,
  ].join('\n')
}

function plainBlock(writes: readonly Write[], number: number): object {
  const [set, removed] = [writes.filter(({ row }) => row !== null), writes.filter(({ row }) => row === null)]
  const byType = <T>(some: readonly Write[], form: (write: Write) => T) =>
    Object.fromEntries([...Map.groupBy(some, ({ type }) => type)].map(([type, all]) => [type, all.map(form)]))
  return { number, write: byType(set, ({ row }) => plainRow(row ?? {})), remove: byType(removed, ({ id }) => id) }
}

function plainRow(row: Readonly<Record<string, Value>>): object {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]))
}

function plain(value: Value): unknown {
  if (value === null) return null
  if ('items' in value) return value.items.map(plain)
  if (value.kind === 'Boolean') return value.text === 'true'
  return value.kind === 'Int' ? Number(value.text) : value.text
}
