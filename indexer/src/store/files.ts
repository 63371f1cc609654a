import type { Runner, Transaction } from './postgres.ts'
import { sql } from './sql.ts'

/** Keeps the files of a build, so that its deployment can be started again from the database alone. */
export async function writeFiles(
  transaction: Transaction,
  deployment: number,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [link, content] of files) {
    await transaction.run(sql`insert into heddle.files (deployment, link, content) values (${sql.value(deployment)},
      ${sql.value(link)}, decode(${sql.value(Buffer.from(content).toString('base64'))}, 'base64'))`)
  }
}

/** @returns by the path or link the manifest calls them */
export async function readFiles(runner: Runner, deployment: number): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const rows = await runner.run(sql`select link, encode(content, 'base64') as content from heddle.files
    where deployment = ${sql.value(deployment)}`)
  return new Map(
    rows.map(({ link, content }) => [String(link), Uint8Array.from(Buffer.from(String(content), 'base64'))]),
  )
}
