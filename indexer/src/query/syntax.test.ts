import { expect, it } from 'vitest'
import { QueryRefusedError } from '../errors.ts'
import { readDocument } from './document.ts'
import { checkSyntax } from './syntax.ts'
import { placeOf } from './token.ts'

/** Each was asked of graph-node 0.45. */
function complaint(text: string): string {
  try {
    checkSyntax(text)
  } catch (error) {
    if (!(error instanceof QueryRefusedError)) throw error
    const [{ message, locations } = { message: '' }] = error.facts.problems
    return `${locations?.map(({ line, column }) => `${line}:${column}`)} ${message.replaceAll('\n', ' | ')}`
  }
  return ''
}

const values = 'IntValue, FloatValue, StringValue, BlockString, true, false, null or Name'
const definitions = '{, query, mutation, subscription or fragment'

it.each([
  ['', `1:1 Unexpected end of input | Expected ${definitions}`],
  ['type A { a: Int }', `1:1 Unexpected \`type[Name]\` | Expected ${definitions}`],
  ['{ a } type', '1:7 Unexpected `type[Name]` | Expected end of input'],
  ['{ a } ?', '1:7 Expected end of input'],
  ['{', '1:2 Unexpected end of input | Expected Name'],
  ['{ a', '1:4 Unexpected end of input | Expected }'],
  ['{ a() }', '1:5 Unexpected `)[Punctuator]` | Expected Name'],
  ['{ a(b 1) }', '1:7 Unexpected `1[IntValue]` | Expected :'],
  ['{ a(b: 1', '1:9 Unexpected end of input | Expected Name, : or )'],
  ['{ a(b: [1', '1:10 Unexpected end of input | Expected ]'],
  ['{ a(b: {c: 1', '1:13 Unexpected end of input | Expected Name, : or }'],
  ['{ a(b:', `1:7 Unexpected end of input | Expected ${values}`],
  ['{ ...', '1:6 Unexpected end of input | Expected {, on or Name'],
  ['{ ... on X x }', '1:12 Unexpected `x[Name]` | Expected {'],
  ['query', '1:6 Unexpected end of input | Expected {, Name, (, $, :, = or )'],
  ['query ()', '1:8 Unexpected `)[Punctuator]` | Expected $'],
  ['query ($a: ', '1:12 Unexpected end of input | Expected Name or ['],
  ['query ($a: X @d) { a }', '1:14 Unexpected `@[Punctuator]` | Expected $, Name, :, = or )'],
  ['query ($a: X = $b) { a }', `1:16 Unexpected \`$[Punctuator]\` | Expected ${values}`],
  ['fragment F { a }', '1:12 Unexpected `{[Punctuator]` | Expected on'],
])('tells what was expected: %s', (text, said) => {
  expect(complaint(text)).toBe(said)
})

it.each([
  ['1.', 'unsupported float "1."'],
  ['1e0', 'unsupported float "1e0"'],
  ['01', 'unsupported integer "01"'],
  ['1x', 'unsupported integer "1x"'],
  ['.5', `bare dot '.' is not supported, only "..."`],
  ['ä', "unexpected character 'ä'"],
  ['"x', 'unterminated string value'],
  ['"""x""', 'unterminated block string value'],
])('tells of what is no token: %s', (token, said) => {
  expect(complaint(`{ a(b: ${token} ) }`)).toBe(`1:8 Unexpected ${said} | Unexpected end of input | Expected ${values}`)
  expect(complaint(`{ a ${token} }`)).toBe(`1:5 Unexpected ${said} | Expected }`)
})

it.each([
  ['9223372036854775808', 'number too large to fit in target type'],
  ['-9223372036854775809', 'number too small to fit in target type'],
  ['"\\x"', "Unexpected bad escaped char 'x'"],
  ['"\\u12"', "Unexpected \\u must have 4 characters after it, only found '12'"],
  ['"\\ud83d\\ude00"', 'Unexpected d83d is not a valid unicode code point'],
])('tells of values that are none: %s', (value, said) => {
  expect(complaint(`{ a(b: ${value}) }`)).toBe(`1:8 ${said}`)
})

it('lets fifty brackets be open', () => {
  expect(complaint('{ a'.repeat(50) + '}'.repeat(50))).toBe('')
  expect(complaint('{ a'.repeat(51) + '}'.repeat(51))).toBe('1:151 Expected } | Recursion limit exceeded')
  expect(complaint('{...'.repeat(51))).toContain('Unexpected end of input | Expected {, on or Name | Recursion')
})

it('takes what graph-node takes', () => {
  for (const text of [
    '\ufeff,{,a(b:1,),}# end',
    'fragment fragment on Data { id } query on($a: [[Int!]!]! = [1], $b: X = { c: { d: [] } }) @e(f: $a) { a: b @c }',
    '{ a(b: "\\"\\u00e9\\/", c: """x\\"""y""", d: -1.5E+3, e: null, f: ENUM) { ...F @g ... @h { i } ... on J { k } } }',
  ]) {
    expect(complaint(text)).toBe('')
    expect(() => readDocument(text)).not.toThrow()
  }
})

it('counts lines and columns as graph-node does', () => {
  const at = (text: string) => placeOf(text, text.indexOf('z'))
  expect(at('{\t\tz }')).toEqual({ line: 1, column: 18 })
  expect(at('\ufeff{\r\n\r z }')).toEqual({ line: 2, column: 2 })
  expect(at('# c\r\n{ z }')).toEqual({ line: 3, column: 3 })
  expect(at('{ a(b: "ä😀") z }')).toEqual({ line: 1, column: 14 })
  expect(at('{ a(b: """ä\nx""") z }')).toEqual({ line: 2, column: 7 })
})
