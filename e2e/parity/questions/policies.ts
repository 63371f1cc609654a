import type { Api } from '../api.ts'
import type { Question } from '../question.ts'

/** What is answered after an error, by what the question says of that; before the error, and beside what has no opinion. */
export function policies({ collections }: Api, blocks: readonly { readonly number: number }[]): Question[] {
  const field = collections.find(({ needs, kind }) => needs.length === 0 && kind === 'entity')?.field
  if (field === undefined) return []
  const [early, late] = [blocks[0], blocks.at(-1)].map((block) => block?.number ?? 1)
  const list = (args: string) => `${field}(first: 3, ${args}) { id }`
  const texts: Readonly<Record<string, string>> = {
    allow: `{ ${list('subgraphError: allow')} }`,
    deny: `{ ${list('subgraphError: deny')} }`,
    'allow, with _meta': `{ ${list('subgraphError: allow')} _meta { hasIndexingErrors block { number } } }`,
    'deny, with _meta': `{ ${list('subgraphError: deny')} _meta { hasIndexingErrors block { number } } }`,
    'allow and deny': `{ a: ${list('subgraphError: allow')} b: ${list('subgraphError: deny')} }`,
    'allow and nothing': `{ a: ${list('subgraphError: allow')} b: ${field} { id } }`,
    'allow early': `{ ${list(`subgraphError: allow, block: { number: ${early} }`)} }`,
    'deny early': `{ ${list(`subgraphError: deny, block: { number: ${early} }`)} }`,
    'deny late': `{ ${list(`subgraphError: deny, block: { number: ${late} }`)} }`,
    'allow what is wrong': `{ ${list('subgraphError: allow, where: { nope: 1 }')} }`,
    'deny what is wrong': `{ ${list('subgraphError: deny, where: { nope: 1 }')} }`,
    'allow introspection': `{ __typename ${list('subgraphError: allow')} }`,
  }
  return Object.entries(texts).map(([name, query]) => ({ name: `policy/${name}`, query }))
}
