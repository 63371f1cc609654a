import { type Lexeme, lexemesOf } from './expression-tokens.ts'

export type ExpressionToken = {
  /** A word is a name of SQL or an operator; texts are without their quotes. */
  readonly kind: 'field' | 'word' | 'text'
  readonly text: string
}

/**
 * Reads what stands in `@aggregate(arg: "price * amount")`: arithmetic, comparison, `case when`, casts and a few functions over
 * fields of the timeseries. Like graph-node it does not look at what comes behind the expression.
 * @param checkField - throws if a field may not be used here
 * @returns what may be put into SQL once its fields are replaced by quoted columns
 * @throws Error in the words of graph-node, which tells the first thing that is wrong
 * @see graphprotocol/graph-node graph/src/schema/input/sqlexpr.rs, and the crate `sqlparser`, dialect PostgreSQL
 */
export function parseExpression(text: string, checkField: (name: string) => void): ExpressionToken[] {
  const expression = new Reader(lexemesOf(text)).expression(0)
  const tokens: ExpressionToken[] = []
  print(expression, tokens, checkField)
  return tokens
}

type Expression =
  | { readonly kind: 'field' | 'word' | 'text'; readonly text: string }
  | {
      readonly kind: 'operation'
      readonly op: string
      readonly isBinary: boolean
      readonly parts: readonly Expression[]
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** Words and expressions, one after the other. */
  | { readonly kind: 'row'; readonly parts: readonly Expression[] }

const word = (text: string): Expression => ({ kind: 'word', text })
const row = (...parts: readonly Expression[]): Expression => ({ kind: 'row', parts })

/** How tightly each binds; those that graph-node does not allow, too, since it says so of the whole. */
const STRENGTHS = new Map(
  Object.entries({
    or: 5,
    and: 10,
    '= < > <= >= <> != <=>': 20,
    '|| & | # << >> ~ &&': 25,
    '+ -': 30,
    '* / %': 40,
    '^': 45,
  }).flatMap(([ops, strength]) => ops.split(' ').map((op) => [op, strength] as const)),
)
const [NOT, IS, CAST] = [15, 17, 50]
const BINARY = '+ - * / % ^ > < >= <= <=> = <> != and or'.split(' ')
const UNARY = ['+', '-', 'not']

/** Functions that are the same on every machine. */
const FUNCTIONS = 'abs ceil ceiling div floor gcd lcm mod power sign coalesce nullif greatest least'.split(' ')

/** What SQL has a syntax of its own for, and graph-node refuses by that name. */
const CONSTRUCTS = new Map(
  Object.entries({
    ...{ ceil: 'Ceil', floor: 'Floor', extract: 'Extract', position: 'Position', substring: 'Substring', trim: 'Trim' },
    ...{ overlay: 'Overlay', exists: 'Exists', try_cast: "non-standard cast 'TryCast'" },
    safe_cast: "non-standard cast 'SafeCast'",
  }),
)
const COMPARISONS = new Map(
  Object.entries({
    like: 'Like',
    ilike: 'ILike',
    similar: 'SimilarTo',
    between: 'Between',
    in: 'InList',
    at: 'AtTimeZone',
  }),
)
const TYPED = ['date', 'time', 'timestamp', 'datetime']

class Reader {
  readonly #lexemes: readonly Lexeme[]
  #next = 0

  constructor(lexemes: readonly Lexeme[]) {
    this.#lexemes = lexemes
  }

  /** @param strength - of the operator before it: what binds less tightly is left alone */
  expression(strength: number): Expression {
    let left = this.#prefix()
    for (;;) {
      const found = this.#infix(left, strength)
      if (found === null) return left
      left = found
    }
  }

  #infix(left: Expression, strength: number): Expression | null {
    if (strength < CAST && this.#take('::')) return row(left, word('::'), this.#type())
    if (strength < IS && this.#take('is')) return this.#is(left)
    const refused = COMPARISONS.get(this.#wordAt(this.#peek('not') ? 1 : 0))
    if (strength < 20 && refused !== undefined) throw unsupported(refused)
    if (this.#peek('collate')) throw unsupported('Collate')
    const op = this.#wordAt(0)
    const own = STRENGTHS.get(op)
    if (op === '!' && strength < CAST) throw new Error('unary operator ! is not supported')
    if (own === undefined || own <= strength) return null
    this.#next++
    const quantified = this.#wordAt(0)
    if (['any', 'all', 'some'].includes(quantified) && this.#wordAt(1) === '(') {
      throw unsupported(quantified === 'all' ? 'AllOp' : 'AnyOp')
    }
    return { kind: 'operation', op, isBinary: true, parts: [left, this.expression(own)] }
  }

  #is(left: Expression): Expression {
    const not = this.#take('not') ? [word('not')] : []
    const words = [word('is'), ...not]
    for (const one of ['null', 'true', 'false']) if (this.#take(one)) return row(left, ...words, word(one))
    if (this.#peek('unknown')) throw unsupported(not.length > 0 ? 'IsNotUnknown' : 'IsUnknown')
    if (!this.#take('distinct'))
      throw this.#expected('[NOT] NULL | TRUE | FALSE | DISTINCT | [form] NORMALIZED FROM after IS')
    this.#expect('from')
    return row(left, ...words, word('distinct from'), this.expression(IS))
  }

  #prefix(): Expression {
    const lexeme = this.#lexemes[this.#next]
    if (lexeme === undefined || lexeme.kind === 'end') throw this.#expected('an expression')
    const { kind, text } = lexeme
    const name = kind === 'name' ? text.toLowerCase() : text
    if (UNARY.includes(name) && kind !== 'quoted' && kind !== 'text') {
      this.#next++
      return { kind: 'operation', op: name, isBinary: false, parts: [this.expression(name === 'not' ? NOT : 45)] }
    }
    if (kind === 'operator') return this.#bracket(text)
    this.#next++
    if (kind === 'number') return word(text)
    if (kind === 'text') return { kind: 'text', text }
    if (this.#peek('.')) throw unsupported('CompoundIdentifier')
    if (this.#peek('[')) throw unsupported(name === 'array' ? 'Array' : 'CompoundFieldAccess')
    if (kind === 'quoted') return { kind: 'field', text }
    if (['null', 'true', 'false'].includes(name)) return word(name)
    if (name === 'case') return this.#case()
    if (this.#peek('(')) return this.#call(text, name)
    if (this.#lexemes[this.#next]?.kind === 'text') {
      if (name === 'interval') throw unsupported('Interval')
      if (TYPED.includes(name)) throw unsupported('TypedString')
    }
    return { kind: 'field', text }
  }

  #bracket(text: string): Expression {
    if (text !== '(') {
      if (['@', '~', '!!', '|/', '||/'].includes(text)) throw new Error(`unary operator ${text} is not supported`)
      throw this.#expected('an expression')
    }
    this.#next++
    if (this.#peek('select') || this.#peek('with')) throw unsupported('Subquery')
    const inner = this.expression(0)
    if (this.#peek(',')) throw unsupported('Tuple')
    this.#expect(')')
    return row(word('('), inner, word(')'))
  }

  #call(written: string, name: string): Expression {
    const construct = CONSTRUCTS.get(name)
    if (construct !== undefined) throw unsupported(construct)
    this.#next++
    if (name === 'cast') {
      const inner = this.expression(0)
      this.#expect('as')
      const type = this.#type()
      this.#expect(')')
      return row(word('cast ('), inner, word('as'), type, word(')'))
    }
    const args: Expression[] = []
    if (this.#take(')')) return { kind: 'call', name: written, args }
    do {
      if (this.#take('*')) args.push(word('*'))
      else args.push(this.expression(0))
    } while (this.#take(','))
    this.#expect(')')
    return { kind: 'call', name: written, args }
  }

  #case(): Expression {
    const parts: Expression[] = [word('case')]
    if (!this.#peek('when')) parts.push(this.expression(0))
    this.#expect('when')
    do {
      parts.push(word('when'), this.expression(0))
      this.#expect('then')
      parts.push(word('then'), this.expression(0))
    } while (this.#take('when'))
    if (this.#take('else')) parts.push(word('else'), this.expression(0))
    this.#expect('end')
    return row(...parts, word('end'))
  }

  /** `numeric(10, 2)`, `double precision`. */
  #type(): Expression {
    const lexeme = this.#lexemes[this.#next]
    if (lexeme?.kind !== 'name') throw this.#expected('a data type name')
    this.#next++
    let text = lexeme.text
    if (text.toLowerCase() === 'double' && this.#take('precision')) text = 'double precision'
    if (!this.#take('(')) return word(text)
    const sizes: string[] = []
    do sizes.push(this.#number())
    while (this.#take(','))
    this.#expect(')')
    return word(`${text}(${sizes.join(', ')})`)
  }

  #number(): string {
    const lexeme = this.#lexemes[this.#next]
    if (lexeme?.kind !== 'number') throw this.#expected('literal int')
    this.#next++
    return lexeme.text
  }

  /** A name or an operator, as it is compared; nothing of what is quoted. */
  #wordAt(ahead: number): string {
    const { kind = 'end', text = '' } = this.#lexemes[this.#next + ahead] ?? {}
    if (kind === 'name') return text.toLowerCase()
    return kind === 'operator' ? text : ''
  }

  #peek(text: string): boolean {
    return this.#wordAt(0) === text
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false
    this.#next++
    return true
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#expected(text.toUpperCase())
  }

  #expected(what: string): Error {
    const { kind = 'end', text = '', at = 0 } = this.#lexemes[this.#next] ?? {}
    const quote = kind === 'text' ? "'" : kind === 'quoted' ? '"' : ''
    const found = kind === 'end' ? 'EOF' : `${quote}${text}${quote} at Line: 1, Column: ${at + 1}`
    return new Error(`Failed to parse expression: sql parser error: Expected: ${what}, found: ${found}`)
  }
}

function unsupported(construct: string): Error {
  return new Error(`Expressions using ${construct} are not supported`)
}

/** Outer things are judged before what is in them. */
function print(expression: Expression, tokens: ExpressionToken[], checkField: (name: string) => void): void {
  const printAll = (parts: readonly Expression[]) => {
    for (const part of parts) print(part, tokens, checkField)
  }
  switch (expression.kind) {
    case 'field':
      checkField(expression.text)
      tokens.push({ kind: 'field', text: expression.text })
      break
    case 'word':
    case 'text':
      tokens.push({ kind: expression.kind, text: expression.text })
      break
    case 'row':
      printAll(expression.parts)
      break
    case 'operation': {
      const { op, isBinary, parts } = expression
      if (isBinary && !BINARY.includes(op)) throw new Error(`binary operator ${op} is not supported`)
      const [first, second] = parts
      if (isBinary && first) print(first, tokens, checkField)
      tokens.push({ kind: 'word', text: op })
      printAll(isBinary ? (second ? [second] : []) : parts)
      break
    }
    case 'call': {
      const { name, args } = expression
      if (!FUNCTIONS.includes(name.toLowerCase())) throw new Error(`Function ${name} is not supported`)
      if (args.some((one) => one.kind === 'word' && one.text === '*')) {
        throw new Error(`Illegal function: call to ${name} uses a wildcard argument`)
      }
      tokens.push({ kind: 'word', text: `${name.toLowerCase()}(` })
      args.forEach((arg, index) => {
        if (index > 0) tokens.push({ kind: 'word', text: ',' })
        print(arg, tokens, checkField)
      })
      tokens.push({ kind: 'word', text: ')' })
    }
  }
}
