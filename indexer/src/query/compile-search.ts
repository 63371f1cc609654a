import type { FulltextSearch } from '../deployment/schema.ts'
import { type Sql, sql } from '../store/sql.ts'
import type { Scope } from './compile-scope.ts'

/**
 * A full-text search over the fields it was declared for. Whatever the language of the text, the question is read as English,
 * and the best match has the greatest rank, so it comes last: both as in graph-node.
 */
export function compileSearch(search: FulltextSearch, text: string, scope: Scope): { condition: Sql; rank: Sql } {
  const language = sql.literal(languages[search.language] ?? 'simple')
  const parts = search.fields.map((field) => sql`to_tsvector(${language}, coalesce(${scope.column(field).ident}, ''))`)
  const document = sql`(${sql.join(parts, sql` || `)})`
  const question = sql`to_tsquery('english', ${sql.value(text.replaceAll('\0', ''))})`
  const rank = search.algorithm === 'proximityRank' ? sql`ts_rank_cd` : sql`ts_rank`
  // A row without any of the texts has no document, so it does not even match what is to be absent.
  const hasText = sql`coalesce(${sql.join(search.fields.map((field) => scope.column(field).ident))}) is not null`
  return { condition: sql`${hasText} and ${document} @@ ${question}`, rank: sql`${rank}(${document}, ${question})` }
}

/** Postgres' text search configurations by the schema's language. */
const languages: Readonly<Record<string, string>> = {
  simple: 'simple',
  da: 'danish',
  nl: 'dutch',
  en: 'english',
  fi: 'finnish',
  fr: 'french',
  de: 'german',
  hu: 'hungarian',
  it: 'italian',
  no: 'norwegian',
  pt: 'portuguese',
  ro: 'romanian',
  ru: 'russian',
  es: 'spanish',
  sv: 'swedish',
  tr: 'turkish',
}
