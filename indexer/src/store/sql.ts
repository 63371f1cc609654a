/**
 * A piece of SQL. Only `sql`…`` and its makers make pieces, and only pieces go into a template: a name or a value that was
 * not declared as such does not type-check.
 *
 *     const owner = sql.value(address)
 *     const where = sql`owner = ${owner} or creator = ${owner}`        // one parameter, used twice
 *     render(sql`select ${sql.ident('id')} from ${sql.ident('sgd1', 'token')} where ${where}`)
 *     // { text: 'select "id" from "sgd1"."token" where owner = $1 or creator = $1', values: [address] }
 */
export class Sql {
  /** Texts, nested pieces and parameters, in order. */
  readonly #parts: readonly Part[]

  constructor(parts: readonly Part[]) {
    this.#parts = parts
  }

  get parts(): readonly Part[] {
    return this.#parts
  }
}

/** Sent beside the text, never in it. The same parameter in two places is sent once. */
export class Parameter {
  readonly #value: ParameterValue

  constructor(value: ParameterValue) {
    this.#value = value
  }

  get value(): ParameterValue {
    return this.#value
  }
}

export type ParameterValue = string | number | bigint | boolean | null | readonly (string | number | null)[]

/** As the driver takes it. */
export interface Rendered {
  readonly text: string
  readonly values: readonly ParameterValue[]
}

type Part = string | Sql | Parameter

export function sql(texts: TemplateStringsArray, ...pieces: readonly Sql[]): Sql {
  const parts: Part[] = []
  texts.forEach((text, index) => {
    if (text !== '') parts.push(text)
    const piece = pieces[index]
    if (piece !== undefined) parts.push(piece)
  })
  return new Sql(parts)
}

/** Nothing at all, where a part of a statement is left out. */
sql.empty = new Sql([])

/** A parameter. */
sql.value = (value: ParameterValue): Sql => new Sql([new Parameter(value)])

/** A quoted name: `sql.ident('sgd1', 'token')` is `"sgd1"."token"`. */
sql.ident = (...names: readonly string[]): Sql => new Sql([names.map(quoteName).join('.')])

/** A quoted string within the text, for the few places where Postgres takes no parameter, such as DDL. */
sql.literal = (text: string): Sql => new Sql([quoteText(text)])

/** A whole number within the text: where the planner should see it, or a statement must not depend on a parameter. */
sql.int = (value: number | bigint): Sql => {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number`)
  return new Sql([String(value)])
}

/** Pieces one after the other, with a comma or something else between. */
sql.join = (pieces: readonly Sql[], separator: Sql = comma): Sql =>
  new Sql(pieces.flatMap((piece, index) => (index === 0 ? [piece] : [separator, piece])))

/** Text that is ours to the last letter: a type's name, say. Never anything that came from outside. */
sql.trusted = (text: string): Sql => new Sql([text])

const comma = new Sql([', '])

/** Puts the pieces together, numbering parameters in the order of their first use. */
export function render(statement: Sql): Rendered {
  const numbers = new Map<Parameter, number>()
  const values: ParameterValue[] = []
  let text = ''
  const write = (parts: readonly Part[]): void => {
    for (const part of parts) {
      if (typeof part === 'string') text += part
      else if (part instanceof Sql) write(part.parts)
      else {
        let number = numbers.get(part)
        if (number === undefined) {
          number = values.push(part.value)
          numbers.set(part, number)
        }
        text += `$${number}`
      }
    }
  }
  write(statement.parts)
  return { text, values }
}

function quoteName(name: string): string {
  if (name.includes('\0')) throw new RangeError('a name cannot hold a NUL')
  return `"${name.replaceAll('"', '""')}"`
}

function quoteText(text: string): string {
  const quoted = `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`
  return quoted.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
