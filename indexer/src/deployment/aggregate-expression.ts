/** Functions that graph-node lets an aggregate's argument use. */
const FUNCTIONS: ReadonlySet<string> = new Set(
  'abs ceil ceiling div floor gcd lcm mod power sign coalesce nullif greatest least'.split(' '),
)

const KEYWORDS: ReadonlySet<string> = new Set(
  'case when then else end and or not is null true false between in distinct from'.split(' '),
)

/** Numbers, names, text and operators; nothing that could end a statement or begin a comment. */
const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|('(?:[^'\\]|'')*')|(<>|<=|>=|!=|[-+*/%(),<>=]))/y

export type ExpressionToken = {
  readonly kind: 'field' | 'function' | 'keyword' | 'number' | 'text' | 'operator'
  readonly text: string
}

/**
 * Takes apart what stands in `@aggregate(arg: "price * amount")`: arithmetic, comparison, `case when` and a few functions over
 * fields of the timeseries. What this returns may be put into SQL once its fields are replaced by quoted columns.
 * @throws Error with a sentence for whoever wrote the schema
 */
export function parseExpression(text: string, fields: ReadonlySet<string>): ExpressionToken[] {
  const tokens: ExpressionToken[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  let depth = 0
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (!match) throw new Error(`cannot read the expression \`${text}\` from \`${text.slice(at)}\` on`)
    const [, number, name, literal, operator] = match
    if (number !== undefined) tokens.push({ kind: 'number', text: number })
    if (literal !== undefined) tokens.push({ kind: 'text', text: literal })
    if (name !== undefined) tokens.push(nameToken(name, text.slice(TOKEN.lastIndex), fields))
    if (operator !== undefined) {
      depth += operator === '(' ? 1 : operator === ')' ? -1 : 0
      // A minus may stand before a number, but two in a row would begin a comment in SQL.
      if (operator === '-' && tokens.at(-1)?.text === '-') throw new Error(`two minus signs in a row in \`${text}\``)
      tokens.push({ kind: 'operator', text: operator })
    }
    if (depth < 0) break
  }
  if (depth !== 0) throw new Error(`the parentheses of \`${text}\` do not match`)
  if (tokens.length === 0) throw new Error('the expression is empty')
  return tokens
}

function nameToken(name: string, rest: string, fields: ReadonlySet<string>): ExpressionToken {
  const isCall = /^\s*\(/.test(rest)
  if (fields.has(name) && !isCall) return { kind: 'field', text: name }
  const word = name.toLowerCase()
  if (KEYWORDS.has(word)) return { kind: 'keyword', text: word }
  if (isCall && FUNCTIONS.has(word)) return { kind: 'function', text: word }
  throw new Error(
    isCall ? `Expressions can't us the function ${name}` : `\`${name}\` is not a field that can be aggregated`,
  )
}
