/** A node as it was named, with what was said about it. Plain data: it crosses to the threads. */
export interface NodeSettings {
  /** With its key, so never to be shown. */
  readonly url: string
  /** How it is called in logs, metrics and on the status door: its origin, and a number where several share one. */
  readonly name: string
  /** How much of the work it gets, compared with nodes as fast as it is. */
  readonly weight: number
  /** Most calls in a second, over all threads; null: as many as there are. */
  readonly callsPerSecond: number | null
  /** Where it tells new heads. */
  readonly wsUrl: string | null
  /** Whether what decides about rows has to be said by two nodes of its network. */
  readonly mustAgree: boolean
}

/** Something is wrong with what stands behind the `#` of a node's URL; the message repeats nothing of the URL. */
export class NodeSettingError extends Error {
  override readonly name = 'NodeSettingError'
}

/**
 * Reads what stands behind the `#` of a node's URL: `weight=2&rps=50&ws=wss://…&agree`. All of it may be left out.
 * @throws {@link NodeSettingError}
 * @example parseNode('https://node.example/key#weight=2&rps=50&ws')
 */
export function parseNode(text: string): NodeSettings {
  const url = new URL(text)
  const said = new URLSearchParams(url.hash.slice(1))
  const unknown = [...said.keys()].filter((name) => !KNOWN.includes(name))
  if (unknown.length > 0) throw new NodeSettingError(`behind # a node has ${KNOWN.join(', ')}, and nothing else`)
  // As it was written: a URL that went through a parser may come out another.
  const plain = text.replace(/#.*$/s, '')
  return {
    url: plain,
    name: url.origin,
    weight: positive(said, 'weight') ?? 1,
    callsPerSecond: positive(said, 'rps'),
    wsUrl: socketUrl(said.get('ws'), plain),
    mustAgree: said.has('agree'),
  }
}

/** Gives nodes of one origin a number each, in the order in which they were named. */
export function named(nodes: readonly NodeSettings[]): NodeSettings[] {
  return nodes.map((node, i) => {
    const before = nodes.slice(0, i).filter(({ name }) => name === node.name).length
    return before === 0 ? node : { ...node, name: `${node.name} (${before + 1})` }
  })
}

const KNOWN = ['weight', 'rps', 'ws', 'agree']

function positive(said: URLSearchParams, name: string): number | null {
  const text = said.get(name)
  if (text === null) return null
  const value = Number(text)
  if (text === '' || !(value > 0) || !Number.isFinite(value)) {
    throw new NodeSettingError(`${name} of a node must be a number above 0`)
  }
  return value
}

/** Without a value: where its HTTP is. */
function socketUrl(text: string | null, url: string): string | null {
  if (text === null) return null
  const place = text === '' ? url.replace(/^http/, 'ws') : text
  if (!/^wss?:\/\//.test(place) || !URL.canParse(place)) {
    throw new NodeSettingError('ws of a node must be a ws(s) URL, with % for its own & and #')
  }
  return place
}
