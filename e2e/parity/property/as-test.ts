import type { Smallest } from './shrink.ts'
import { type Sketch, schemaOf, type Value, type Write } from './sketch.ts'

/**
 * What was found as one puts it into a test, and how the two answer.
 * @param head - number of the block in which the story's last one was
 */
export function asTest({ sketch, question, lines, remark }: Smallest, head: number): string {
  const { query, variables } = question
  const given = variables === undefined ? '' : `, ${JSON.stringify(variables)}`
  const first = head - sketch.blocks.length - sketch.orphaned.length + 1
  const told = blocksFrom(first, [...sketch.blocks, ...sketch.orphaned])
  const kept = blocksFrom(first + sketch.blocks.length, sketch.kept)
  return [
    ...(remark === undefined ? [] : [`// ${remark}`]),
    `const index = await scratchIndex(\n  \`${schemaOf(sketch).trim()}\`,`,
    ...told.map((block) => `  ${block},`),
    ')',
    ...(kept.length === 0
      ? []
      : [
          `await index.store.revertTo(aBlockLink(${first + sketch.blocks.length - 1}))`,
          `await index.write(${kept.join(', ')})`,
        ]),
    `await index.ask(${JSON.stringify(query)}${given})`,
    ...lines.map((line) => `// ${line}`),
  ].join('\n')
}

function blocksFrom(first: number, blocks: Sketch['blocks']): string[] {
  return blocks.flatMap((writes, index) =>
    writes.length === 0 ? [] : [JSON.stringify(plainBlock(writes, first + index))],
  )
}

function plainBlock(writes: readonly Write[], number: number): object {
  const [set, removed] = [writes.filter(({ row }) => row !== null), writes.filter(({ row }) => row === null)]
  const byType = <T>(some: readonly Write[], form: (write: Write) => T) =>
    Object.fromEntries([...Map.groupBy(some, ({ type }) => type)].map(([type, all]) => [type, all.map(form)]))
  return {
    number,
    ...(set.length > 0 ? { write: byType(set, ({ row }) => plainRow(row ?? {})) } : {}),
    ...(removed.length > 0 ? { remove: byType(removed, ({ id }) => id) } : {}),
  }
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
