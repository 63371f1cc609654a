import pg from 'pg'

/**
 * Every row of every version that an index holds, by table, in an order that does not depend on how it came about.
 * Two indexes of one chain are equal if their dumps are.
 */
export async function dumpIndex(postgresUrl: string): Promise<Record<string, unknown[]>> {
  const client = new pg.Client({ connectionString: postgresUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ schema: string; name: string; columns: string[] }>(
      `SELECT table_schema AS schema, table_name AS name, array_agg(column_name::text ORDER BY column_name) AS columns
         FROM information_schema.columns WHERE table_schema ~ '^sgd[0-9]+$' AND column_name <> 'vid' GROUP BY 1, 2 ORDER BY 2`,
    )
    const dump: Record<string, unknown[]> = {}
    for (const { schema, name, columns } of tables) {
      const list = columns.map((column) => `${pg.escapeIdentifier(column)}::text`).join(', ')
      const { rows } = await client.query({
        text: `SELECT ${list} FROM ${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)} ORDER BY ${columns.map((_, i) => i + 1).join(', ')}`,
        rowMode: 'array',
      })
      dump[name] = rows
    }
    return dump
  } finally {
    await client.end()
  }
}
