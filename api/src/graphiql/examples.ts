/** What GraphiQL opens with: the documents of `api/examples/`, one tab for each, in the order of their files' names. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GraphQLError, type GraphQLSchema, parse, validate } from 'graphql'
import type { Tab } from './assets.ts'

const examplesFolder = join(import.meta.dirname, '../../examples')

/** Reads the examples the schema can answer. Those it cannot, such as another subgraph's, are not shown to anyone. */
export async function readExamples(schema: GraphQLSchema, folder: string = examplesFolder): Promise<Tab[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.graphql')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.filter((text) => isAnswerable(schema, text)).map((query) => ({ query }))
}

function isAnswerable(schema: GraphQLSchema, text: string): boolean {
  try {
    return validate(schema, parse(text)).length === 0
  } catch (error) {
    if (error instanceof GraphQLError) {
      return false
    }
    throw error
  }
}
