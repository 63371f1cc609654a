import type { Known } from './moved-question.ts'
import type { Smallest } from './shrink.ts'
import { type Sketch, schemaOf, type Value, type Write } from './sketch.ts'

export interface Origin {
  readonly seed: number
  /** Of the schema among those of the seed. */
  readonly index: number
  /** Blocks of the chain that the question was asked on; the last one was where the story's last one was. */
  readonly known: readonly Known[]
}

/** What was found as a file of tests for `indexer/src/query`: what has to be answered is what graph-node does. */
export function asTest(smallest: Smallest, { seed, index, known }: Origin): string {
  const { sketch, isAfterReorg, lines, remark } = smallest
  const head = known.at(-1)?.number ?? 0
  const asked = askedOf(smallest, known)
  const needed = (number: number) =>
    asked?.includes(`aBlockLink(${number})`) || (number === head && (isAfterReorg || /block/.test(asked ?? '')))
  const first = head - sketch.blocks.length - sketch.orphaned.length + 1
  const fork = first + sketch.blocks.length
  const rows: Rows = new Map()
  const common = told(sketch, sketch.blocks, first, rows)
  const branch = (blocks: Sketch['blocks']) => told(sketch, blocks, fork, new Map(rows))
  const shown = (blocks: readonly Told[]) =>
    blocks
      .filter(({ number, ...what }) => Object.keys(what).length > 0 || needed(number))
      .map((one) => JSON.stringify(one))
  const before = shown([...common, ...branch(sketch.orphaned)])
  const after = isAfterReorg ? shown(branch(sketch.kept)) : []
  return [
    "import { expect, it } from 'vitest'",
    ...(asked?.includes('aBlockLink(') ? ["import { aBlockLink } from '../../test/deployment.ts'"] : []),
    "import { scratchIndex } from '../../test/queryable.ts'",
    '',
    `// Seed ${seed}, schema ${index}.${remark === undefined ? '' : ` ${remark}`}`,
    ...lines.map((line) => `// ${line.replaceAll('\n', ' ')}`),
    "it('answers as graph-node does', async () => {",
    `  await using index = await scratchIndex(\n    ${asTemplate(schemaOf(sketch).trim())},`,
    ...before.map((block) => `    ${block},`),
    '  )',
    ...(isAfterReorg ? [`  await index.revertTo(${fork - 1})`] : []),
    ...(after.length > 0 ? [`  await index.write(${after.join(', ')})`] : []),
    ...(asked === undefined ? [] : [`  ${asked}`]),
    '})',
  ].join('\n')
}

/** @returns undefined where all that matters is that it gets to the end */
function askedOf(
  { question: { query = '', variables }, expected }: Smallest,
  known: readonly Known[],
): string | undefined {
  if (query === '') return undefined
  const withHashes = (text: string) =>
    known.reduce((one, { number, hash }) => one.replaceAll(hash, `\${aBlockLink(${number}).hash}`), text)
  const given = variables === undefined ? '' : `, JSON.parse(${withHashes(asTemplate(JSON.stringify(variables)))})`
  const asked = `${withHashes(asTemplate(query))}${given}`
  const messages = messagesIn(expected)
  if (messages === null) return `expect(await index.ask(${asked})).toEqual(${JSON.stringify(expected)})`
  return `expect(await index.complain(${asked})).toEqual(${JSON.stringify(messages)})`
}

function messagesIn(body: unknown): readonly unknown[] | null {
  if (typeof body !== 'object' || body === null || !('errors' in body) || !Array.isArray(body.errors)) return null
  return body.errors.map((error: { readonly message?: unknown }) => error.message)
}

const asTemplate = (text: string) => `\`${text.replaceAll(/[`\\]|\$\{/g, '\\$&')}\``

interface Told {
  readonly number: number
  readonly write?: Readonly<Record<string, readonly object[]>>
  readonly remove?: Readonly<Record<string, readonly string[]>>
}

type Rows = Map<string, NonNullable<Write['row']>>

/** What blocks come to: rows keep what is not written again. @param rows - as they were before; they are changed */
function told({ types }: Sketch, blocks: Sketch['blocks'], first: number, rows: Rows): Told[] {
  const timeseries = new Set(types.filter(({ kind }) => kind === 'timeseries').map(({ name }) => name))
  return blocks.map((writes, index) => {
    const number = first + index
    const dated = writes.map((write, at) => (timeseries.has(write.type) ? pointAt(write, number, at) : write))
    return toldBlock(dated, number, rows)
  })
}

function toldBlock(writes: readonly Write[], number: number, rows: Rows): Told {
  const before = new Set(rows.keys())
  const touched = new Map<string, { readonly type: string; readonly id: string }>()
  for (const { type, id, row } of writes) {
    const key = `${type}/${id}`
    touched.set(key, { type, id })
    if (row === null) rows.delete(key)
    else rows.set(key, { ...rows.get(key), ...row })
  }
  const set = [...touched].flatMap(([key, { type }]) => {
    const row = rows.get(key)
    return row === undefined ? [] : [{ type, plain: plainRow(row) }]
  })
  const removed = [...touched].filter(([key]) => before.has(key) && !rows.has(key)).map(([, one]) => one)
  const byType = <T extends { readonly type: string }, P>(some: readonly T[], form: (one: T) => P) =>
    Object.fromEntries([...Map.groupBy(some, ({ type }) => type)].map(([type, all]) => [type, all.map(form)]))
  return {
    number,
    ...(set.length > 0 ? { write: byType(set, ({ plain }) => plain) } : {}),
    ...(removed.length > 0 ? { remove: byType(removed, ({ id }) => id) } : {}),
  }
}

/** A row of a timeseries gets its id and its time from its block. */
function pointAt(write: Write, number: number, index: number): Write {
  const id = String((BigInt(number) << 32n) | BigInt(index))
  const time = String((1_700_000_000 + number * 12) * 1_000_000)
  const row = { ...write.row, id: { kind: 'Int8', text: id }, timestamp: { kind: 'Timestamp', text: time } } as const
  return { ...write, id, row }
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
