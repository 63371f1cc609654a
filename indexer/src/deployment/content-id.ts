import { dump } from 'js-yaml'
import { parse } from 'yaml'
import { cidText } from '../ipfs/cid.ts'
import { cidOfFile } from '../ipfs/unixfs.ts'

/**
 * Names a build by its content: the CID that its manifest has in IPFS after `graph deploy`, whether it came from there or lies in a
 * folder. graph-cli uploads every file first, puts the links where the paths were, and writes the manifest with sorted keys.
 * @param files - by the path or link the manifest calls them
 * @see graphprotocol/graph-tooling packages/cli/src/compiler/index.ts, `uploadSubgraphToIPFS`
 */
export function contentId(manifestText: string, files: ReadonlyMap<string, Uint8Array>): string {
  const manifest: unknown = parse(manifestText, { merge: true })
  const links = new Map([...files].map(([path, content]) => [path, { '/': `/ipfs/${cidText(cidOfFile(content))}` }]))
  const linked = withLinks(manifest, links)
  const text = linked === manifest ? manifestText : dump(linked, { noRefs: true, sortKeys: true })
  return cidText(cidOfFile(Buffer.from(text, 'utf8')))
}

/** @returns the very same value if there was no path in it */
function withLinks(value: unknown, links: ReadonlyMap<string, object>): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => withLinks(item, links))
    return items.every((item, i) => item === value[i]) ? value : items
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
    key,
    key === 'file' && typeof inner === 'string' ? (links.get(inner) ?? inner) : withLinks(inner, links),
  ])
  return entries.every(([key, inner]) => inner === Reflect.get(value, key)) ? value : Object.fromEntries(entries)
}
