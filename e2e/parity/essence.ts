import type { Answer, Question } from './question.ts'
import type { Endpoint } from './runtime.ts'

/**
 * What has to be the same in two answers: the status; the data, lists in their order; the messages of errors, in any order;
 * for questions about HTTP also the headers below. Names that each side gives by itself are replaced by what they are for.
 */
export function essence(answer: Answer, question: Question, of: Endpoint): unknown {
  const { status, headers, body } = named(answer, of)
  const common = question.http ? { status, headers: seen(headers) } : { status }
  if (!isRecord(body) || !('data' in body || 'errors' in body)) return canonical({ ...common, body })
  const { data, errors } = body
  return canonical({
    ...common,
    ...(data === null || data === undefined ? {} : { data: comparable(data, question) }),
    ...(Array.isArray(errors) ? { errors: errors.map(messageOf).sort() } : {}),
  })
}

function comparable(data: unknown, { ties }: Question): unknown {
  if (isIntrospection(data)) return byName(data)
  return ties === undefined ? data : withoutTies(data, ties)
}

/** What is left of lists if rows whose key is the same may come in any order: the keys in order, and the rows as a set. */
function withoutTies(data: unknown, ties: string): unknown {
  const lists = isRecord(data) ? Object.entries(data) : []
  return lists.map(([field, rows]) => {
    if (!Array.isArray(rows)) return [field, rows]
    const keys = rows.map((row) => (isRecord(row) ? (row[ties] ?? null) : row))
    return [field, keys, rows.map((row) => JSON.stringify(canonical(row))).sort()]
  })
}

const comparedHeaders = [
  'content-type',
  'location',
  'access-control-allow-origin',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'graph-attestable',
  'graph-indexed',
]

/** graph-node sends some headers twice; once is as good. */
function seen(headers: Answer['headers']): unknown {
  return Object.fromEntries(
    comparedHeaders.flatMap((name) => {
      const value = headers[name]
      if (value === undefined) return []
      return [[name, value.startsWith('{') ? JSON.parse(value) : [...new Set(value.split(', '))].join(', ')]]
    }),
  )
}

function named(answer: Answer, { id, name, endpoint }: Endpoint): Answer {
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1)
  let text = JSON.stringify(answer).replaceAll(new URL(endpoint).host, '<host>')
  if (id !== '') text = text.replaceAll(inJson(id), '<deployment>')
  text = text
    .replaceAll(`subgraphs/name/${name}`, 'subgraphs/name/<name>')
    .replaceAll(`\`${name}\``, '`<name>`')
    .replaceAll(`\`${name}/`, '`<name>/')
    // Of a token that was not expected, graph-node shows bytes that have nothing to do with it.
    .replace(/Unexpected `(?:[^"\\]|\\.)*?\[(\w+)\]`/g, 'Unexpected `<token>[$1]`')
    // The SQL that failed, and ids that are made for each query.
    .replace(/, query = (?:[^"\\]|\\.)*/g, '')
    .replace(/query_id [0-9a-f]+-[0-9a-f]+/g, 'query_id <id>')
    .replace(/wasm backtrace:(?:(?:\\[nt]|\s)*\d+: +(?:0x[0-9a-f]+ - )?<unknown>![^:\\"]*)+/g, 'wasm backtrace:<trace>')
  return JSON.parse(text)
}

const messageOf = (error: unknown) => (isRecord(error) ? String(error.message) : String(error))

function isIntrospection(data: unknown): boolean {
  return isRecord(data) && ('__schema' in data || '__type' in data)
}

/** The lists of an introspection have no meaning in their order. */
function byName(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(byName)
    const isNamed = items.every((item) => isRecord(item) && typeof item.name === 'string')
    return isNamed ? items.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) : items
  }
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, byName(one)]))
  return value
}

const nameOf = (item: unknown) => (isRecord(item) ? String(item.name) : '')

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, canonical(value[key])]),
  )
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first places where two essences differ, each as a line; empty if they are equal. */
export function differences(theirs: unknown, ours: unknown, at = ''): string[] {
  if (Object.is(theirs, ours)) return []
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    const lengths = theirs.length === ours.length ? [] : [`${at || '.'}: ${theirs.length} items, ours ${ours.length}`]
    return [...lengths, ...theirs.flatMap((one, index) => differences(one, ours[index], `${at}[${index}]`))].slice(0, 5)
  }
  if (isRecord(theirs) && isRecord(ours)) {
    const keys = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])]
    return keys.flatMap((key) => differences(theirs[key], ours[key], `${at}.${key}`)).slice(0, 5)
  }
  return [`${at || '.'}: ${brief(theirs)}, ours ${brief(ours)}`]
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
