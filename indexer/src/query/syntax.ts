import { type QueryProblem, QueryRefusedError } from '../errors.ts'
import { debugLetter } from './query-value.ts'
import { type Token, Tokens } from './token.ts'

/** A text that is no document. */
export class QuerySyntaxError extends QueryRefusedError {}

/**
 * Checks that a text is a document, as graph-node's parser sees it.
 * @throws {@link QuerySyntaxError} in that parser's words, and with its omissions: what it expects is not all it would take
 * @see graphql-rust/graphql-parser src/query/grammar.rs
 */
export function checkSyntax(text: string): void {
  new Grammar(text).document()
}

const definitions = '{, query, mutation, subscription or fragment'
const beginnings = '{, Name, (, $, :, = or )'
const values = 'IntValue, FloatValue, StringValue, BlockString, true, false, null or Name'
const operations: ReadonlySet<string> = new Set(['query', 'mutation', 'subscription'])

/** Each method takes what it is named for; those that tell whether it was there take nothing otherwise. */
class Grammar {
  readonly #tokens: Tokens
  #token: Token

  constructor(text: string) {
    this.#tokens = new Tokens(text)
    this.#token = this.#tokens.next()
  }

  document(): void {
    if (!this.#definition()) this.#fail(definitions, 'choice')
    while (this.#definition());
    if (this.#token.kind !== 'End') this.#fail('end of input', 'end')
  }

  #definition(): boolean {
    const { kind, text } = this.#token
    if (this.#at('{')) this.#selectionSet()
    else if (kind === 'Name' && operations.has(text)) this.#operation()
    else if (this.#atName('fragment')) this.#fragment()
    else return false
    return true
  }

  #operation(): void {
    this.#advance()
    const isNamed = this.#token.kind === 'Name'
    if (isNamed) this.#advance()
    const hasVariables = this.#take('(')
    if (hasVariables) {
      do this.#variable()
      while (this.#at('$'))
      this.#need(')', '$, Name, :, = or )')
    }
    const hasDirectives = this.#directives()
    this.#selectionSet(isNamed || hasVariables || hasDirectives ? '{' : beginnings)
  }

  #variable(): void {
    this.#need('$')
    this.#name()
    this.#need(':')
    this.#type()
    if (this.#take('=') && !this.#value(true)) this.#fail(values, 'choice')
  }

  #type(): void {
    if (this.#take('[')) {
      this.#type()
      this.#need(']')
    } else if (this.#token.kind === 'Name') this.#advance()
    else this.#fail('Name or [', 'choice')
    this.#take('!')
  }

  #fragment(): void {
    this.#advance()
    this.#name()
    if (!this.#atName('on')) this.#fail('on')
    this.#advance()
    this.#name()
    this.#directives()
    this.#selectionSet()
  }

  #selectionSet(expected = '{'): void {
    if (!this.#take('{')) this.#fail(expected, 'choice')
    if (!this.#selection()) this.#fail('Name', 'choice')
    while (this.#selection());
    this.#need('}')
  }

  #selection(): boolean {
    if (this.#take('...')) {
      this.#spread()
      return true
    }
    if (this.#token.kind !== 'Name') return false
    this.#advance()
    if (this.#take(':')) this.#name()
    this.#arguments()
    this.#directives()
    if (this.#at('{')) this.#selectionSet()
    return true
  }

  #spread(): void {
    const isInline = this.#token.kind !== 'Name' || this.#token.text === 'on'
    const hasType = this.#atName('on')
    if (!isInline || hasType) this.#advance()
    if (hasType) this.#name()
    const hasDirectives = this.#directives()
    if (isInline) this.#selectionSet(hasType || hasDirectives ? '{' : '{, on or Name')
  }

  #directives(): boolean {
    if (!this.#at('@')) return false
    while (this.#take('@')) {
      this.#name()
      this.#arguments()
    }
    return true
  }

  #arguments(): void {
    if (!this.#take('(')) return
    do this.#pair(false)
    while (this.#token.kind === 'Name')
    this.#need(')', 'Name, : or )')
  }

  #pair(isConst: boolean): void {
    this.#name()
    this.#need(':')
    if (!this.#value(isConst)) this.#fail(values, 'choice')
  }

  #value(isConst: boolean): boolean {
    if (this.#take('[')) {
      while (this.#value(isConst));
      this.#need(']')
      return true
    }
    if (this.#take('{')) {
      while (this.#token.kind === 'Name') this.#pair(isConst)
      this.#need('}', 'Name, : or }')
      return true
    }
    if (!isConst && this.#take('$')) {
      this.#name()
      return true
    }
    const { kind, text } = this.#token
    if (!/Value$|^BlockString$|^Name$/.test(kind)) return false
    const problem = kind === 'IntValue' ? sizeProblem(text) : kind === 'StringValue' ? escapeProblem(text) : undefined
    if (problem !== undefined) this.#refuse(problem)
    this.#advance()
    return true
  }

  #name(): void {
    if (this.#token.kind !== 'Name') this.#fail('Name')
    this.#advance()
  }

  #need(mark: string, expected = mark): void {
    if (!this.#take(mark)) this.#fail(expected)
  }

  #take(mark: string): boolean {
    const isHere = this.#at(mark)
    if (isHere) this.#advance()
    return isHere
  }

  #at(mark: string): boolean {
    return this.#token.kind === 'Punctuator' && this.#token.text === mark
  }

  #atName(name: string): boolean {
    return this.#token.kind === 'Name' && this.#token.text === name
  }

  #advance(): void {
    this.#token = this.#tokens.next()
  }

  /** @param among - what was tried: one thing, a choice of several, of which one always sees the end, or the end itself */
  #fail(expected: string, among: 'one' | 'choice' | 'end' = 'one'): never {
    const { kind, text } = this.#token
    const end = kind === 'End' || (among === 'choice' && (kind === 'Bad' || kind === 'Deep'))
    const lines = [
      ...(kind === 'Bad' && among !== 'end' ? [`Unexpected ${text}`] : []),
      ...(end ? ['Unexpected end of input'] : []),
      ...(kind === 'End' || kind === 'Bad' || kind === 'Deep' ? [] : [`Unexpected \`${text}[${kind}]\``]),
      `Expected ${expected}`,
      ...(kind === 'Deep' ? ['Recursion limit exceeded'] : []),
    ]
    this.#refuse(lines.join('\n'))
  }

  #refuse(message: string): never {
    const { line, column } = this.#token
    const problem: QueryProblem = { message, locations: [{ line, column }] }
    throw new QuerySyntaxError([problem])
  }
}

function sizeProblem(text: string): string | undefined {
  const number = BigInt(text)
  if (BigInt.asIntN(64, number) === number) return undefined
  return `number too ${number < 0n ? 'small' : 'large'} to fit in target type`
}

function escapeProblem(text: string): string | undefined {
  for (const [all, digits] of text.slice(1, -1).matchAll(/\\(?:u(.{0,4})|.)/gsu)) {
    const problem = digits === undefined ? letterProblem(all.slice(1)) : digitsProblem(digits)
    if (problem !== undefined) return `Unexpected ${problem}`
  }
  return undefined
}

function letterProblem(letter: string): string | undefined {
  return '"\\/bfnrt'.includes(letter) ? undefined : `bad escaped char ${debugLetter(letter)}`
}

/** Half of a pair of surrogates is no character. */
function digitsProblem(digits: string): string | undefined {
  if ([...digits].length < 4) return `\\u must have 4 characters after it, only found '${digits}'`
  const isLetter = /^[0-9a-fA-F]{4}$/.test(digits) && !/^[dD][89a-fA-F]/.test(digits)
  return isLetter ? undefined : `${digits} is not a valid unicode code point`
}
