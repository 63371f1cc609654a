/** A word of an SQL expression, and where it stands: graph-node tells it of what it cannot read. */
export interface Lexeme {
  readonly kind: 'number' | 'name' | 'quoted' | 'text' | 'operator' | 'end'
  /** Of quoted names and of texts: what is between the quotes. */
  readonly text: string
  /** From 0. */
  readonly at: number
}

const PATTERN = new RegExp(
  [
    String.raw`(?:\s|--[^\n]*|/\*[^]*?\*/)*`,
    '(?:',
    [
      String.raw`(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)`,
      '(?<name>[A-Za-z_][A-Za-z0-9_$]*)',
      '"(?<quoted>(?:[^"]|"")*)"',
      "'(?<text>(?:[^']|'')*)'",
      String.raw`(?<operator><=>|<>|<=|>=|!=|<<|>>|::|\|\|\/|\|\/|\|\||&&|!!|[^\s])`,
    ].join('|'),
    '|$)',
  ].join(''),
  'y',
)

/** Takes an expression apart; what ends it is always last. */
export function lexemesOf(expression: string): Lexeme[] {
  const lexemes: Lexeme[] = []
  PATTERN.lastIndex = 0
  for (;;) {
    const groups = PATTERN.exec(expression)?.groups ?? {}
    const { number, name, quoted, text, operator } = groups
    const end = PATTERN.lastIndex
    const word = number ?? name ?? operator
    if (word !== undefined) {
      const kind = number !== undefined ? 'number' : name !== undefined ? 'name' : 'operator'
      lexemes.push({ kind, text: word, at: end - word.length })
    } else if (quoted !== undefined) {
      lexemes.push({ kind: 'quoted', text: quoted.replaceAll('""', '"'), at: end - quoted.length - 2 })
    } else if (text !== undefined) {
      lexemes.push({ kind: 'text', text: text.replaceAll("''", "'"), at: end - text.length - 2 })
    } else {
      return [...lexemes, { kind: 'end', text: '', at: expression.length }]
    }
  }
}
