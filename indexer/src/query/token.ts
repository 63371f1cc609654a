import { debugLetter, debugText } from './query-value.ts'

/** Where something is in a query's text; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/**
 * A piece of a query's text. `Bad` is none, and its text says why not; `Deep` opens one bracket too many; after the last one
 * comes `End`, as often as one asks.
 */
export interface Token extends Place {
  readonly kind:
    | 'Punctuator'
    | 'Name'
    | 'IntValue'
    | 'FloatValue'
    | 'StringValue'
    | 'BlockString'
    | 'Bad'
    | 'Deep'
    | 'End'
  readonly text: string
  readonly start: number
}

/** Brackets of all kinds may be open at once. */
const maxDepth = 50

const punctuator = /\.\.\.|[!$:=@|&()[\]{}]/y
const name = /[_A-Za-z][_0-9A-Za-z]*/y
const number = /[-0-9][^ \n\r\t,#!$:=@|&()[\]{}]*/y
const string = /"(?:[^"\\\n]|\\[^\n])*"/y
const anything = /./suy

const integer = /^-?(?:0|[1-9]\d*)$/
/** An exponent cannot begin with 0 or 9, unless it has a sign. */
const float = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE](?:[+-]\d+|[1-8]\d*))?$/

/**
 * Cuts a query's text into tokens, where graph-node's parser does.
 * @see graphql-rust/graphql-parser src/tokenizer.rs: what it takes for a number, and how it counts lines and columns
 */
export class Tokens {
  readonly #text: string
  #offset = 0
  #line = 1
  #column = 1
  #depth = 0

  constructor(text: string) {
    this.#text = text
    this.#skipBlanks()
  }

  next(): Token {
    const place = { start: this.#offset, line: this.#line, column: this.#column }
    const [kind, text] = this.#look()
    if (kind === 'Bad' || kind === 'Deep' || kind === 'End') return { kind, text, ...place }
    this.#offset += text.length
    const lastLine = kind === 'BlockString' ? text.lastIndexOf('\n') + 1 : 0
    if (lastLine > 0) {
      this.#line += text.split('\n').length - 1
      this.#column = 1
    }
    const isText = kind === 'StringValue' || kind === 'BlockString'
    this.#column += isText ? [...text.slice(lastLine)].length : text.length
    this.#skipBlanks()
    return { kind, text, ...place }
  }

  #look(): [Token['kind'], string] {
    const first = this.#text[this.#offset]
    if (first === undefined) return ['End', '']
    const mark = this.#match(punctuator)
    if (mark !== undefined) return [this.#isTooDeep(mark) ? 'Deep' : 'Punctuator', mark]
    const word = this.#match(name)
    if (word !== undefined) return ['Name', word]
    const digits = this.#match(number)
    if (digits !== undefined) return numberToken(digits)
    if (first === '"') return this.#string()
    if (first === '.') return ['Bad', `bare dot '.' is not supported, only "..."`]
    return ['Bad', `unexpected character ${debugLetter(this.#match(anything) ?? first)}`]
  }

  #string(): [Token['kind'], string] {
    if (!this.#text.startsWith('"""', this.#offset)) {
      const text = this.#match(string)
      return text === undefined ? ['Bad', 'unterminated string value'] : ['StringValue', text]
    }
    let end = this.#text.indexOf('"""', this.#offset + 3)
    while (end >= 0 && end > this.#offset + 3 && this.#text[end - 1] === '\\') end = this.#text.indexOf('"""', end + 3)
    return end < 0
      ? ['Bad', 'unterminated block string value']
      : ['BlockString', this.#text.slice(this.#offset, end + 3)]
  }

  #isTooDeep(mark: string): boolean {
    if (')]}'.includes(mark)) this.#depth -= 1
    else if ('([{'.includes(mark)) this.#depth += 1
    return this.#depth > maxDepth
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset
    return pattern.exec(this.#text)?.[0]
  }

  /** A comma is a blank, a tab is as wide as eight, and a comment ends at whichever sign for a line's end comes first. */
  #skipBlanks(): void {
    for (;;) {
      switch (this.#text[this.#offset]) {
        case '#':
          while (!lineEnds.has(this.#text[this.#offset])) this.#offset += 1
          if (this.#offset === this.#text.length) return
          this.#newLine()
          break
        case '\n':
          this.#newLine()
          break
        case '\t':
          this.#column += 8
          break
        case ' ':
        case ',':
          this.#column += 1
          break
        case '\r':
        case '\ufeff':
          break
        default:
          return
      }
      this.#offset += 1
    }
  }

  #newLine(): void {
    this.#line += 1
    this.#column = 1
  }
}

const lineEnds: ReadonlySet<string | undefined> = new Set(['\r', '\n', undefined])

/** The place of what begins at an offset of a text. */
export function placeOf(text: string, offset: number): Place {
  const tokens = new Tokens(text)
  for (;;) {
    const { kind, start, line, column } = tokens.next()
    if (start >= offset || kind === 'End' || kind === 'Bad') return { line, column }
  }
}

function numberToken(text: string): [Token['kind'], string] {
  if (!/[.eE]/.test(text))
    return integer.test(text) ? ['IntValue', text] : ['Bad', `unsupported integer ${debugText(text)}`]
  return float.test(text) ? ['FloatValue', text] : ['Bad', `unsupported float ${debugText(text)}`]
}
