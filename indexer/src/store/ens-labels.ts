import type { EnsLabel } from '../entity/ens-label.ts'
import type { Postgres } from './postgres.ts'
import { sql } from './sql.ts'

/**
 * Looks labels up in `public.ens_names (hash, name)`: graph-node's table, so that what fills it for graph-node fills it here.
 * It is somebody else's to make and to fill; nothing here writes it.
 * @param hashes - `0x` and 64 hex digits, as mappings ask for them
 */
export async function readEnsLabels(postgres: Postgres, hashes: readonly string[]): Promise<EnsLabel[]> {
  const [found] = await postgres.run(sql`select to_regclass('public.ens_names') is not null as is_there`)
  if (found?.is_there !== true) return hashes.map(() => ({ isLookedUp: false, text: null }))
  const rows = await postgres.run(sql`
    select asked.hash, names.name, exists (select from public.ens_names) as is_filled
    from unnest(${sql.value(hashes)}::text[]) as asked (hash)
    left join public.ens_names as names on names.hash = asked.hash`)
  const byHash = new Map(
    rows.map(({ hash, name, is_filled }) => [hash, { isLookedUp: is_filled === true, text: name }]),
  )
  return hashes.map((hash) => {
    const label = byHash.get(hash)
    return { isLookedUp: label?.isLookedUp === true, text: typeof label?.text === 'string' ? label.text : null }
  })
}
