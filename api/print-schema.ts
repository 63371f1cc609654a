/**
 * Prints the schema clients see to schema.graphql at the root, so that its diff is the API's diff.
 * Of another subgraph than the one in subgraph/, HEDDLE_SUBGRAPH_SCHEMA names its schema.
 * `--check` writes nothing and fails if the file is not what the gateway serves.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { printSchema } from 'graphql'
import { apiSchemaSdl } from '../indexer/src/index.ts'
import { buildSchema } from './src/build-schema.ts'

const root = new URL('../', import.meta.url)
const target = fileURLToPath(new URL('schema.graphql', root))

const source = await readFile(new URL(process.env.HEDDLE_SUBGRAPH_SCHEMA || 'subgraph/schema.graphql', root), 'utf8')
const printed = `${printSchema(buildSchema(apiSchemaSdl(source)).schema)}\n`

if (!process.argv.includes('--check')) {
  await writeFile(target, printed)
} else if ((await readFile(target, 'utf8').catch(() => '')) !== printed) {
  process.stderr.write(
    'schema.graphql is not the schema the gateway serves. Run npm run schema and commit the result.\n',
  )
  process.exitCode = 1
}
