import type { YamlValue } from '../asc/yaml-value.ts'

/** YAML's own types, as far as they mean something. */
const CORE = 'tag:yaml.org,2002:'

/**
 * Reads a scalar that a tag of YAML's own says the type of.
 * @returns undefined if the tag says nothing, null if the text is not of that type
 */
export function readTagged(tag: string, text: string): YamlValue | null | undefined {
  switch (tag) {
    case `${CORE}bool`:
      return readBool(text)
    case `${CORE}int`:
      return readInteger(text)
    case `${CORE}float`:
      return readFloat(text)
    case `${CORE}null`:
      return isNull(text) ? { kind: 'null' } : null
    default:
      return tag === '' || tag.startsWith('!') ? undefined : { kind: 'string', value: text }
  }
}

/**
 * Reads a scalar without quotes.
 * @throws RangeError for an integer of more than 64 and at most 128 bits
 * @see serde_yaml 0.9 de.rs, `visit_untagged_scalar`
 */
export function readPlain(text: string): YamlValue {
  if (text === '' || isNull(text)) return { kind: 'null' }
  const float = () => (/^[-+]?0\d+$/.test(text) ? null : readFloat(text))
  return readBool(text) ?? readInteger(text) ?? float() ?? { kind: 'string', value: text }
}

function isNull(text: string): boolean {
  return text === '~' || text === 'null' || text === 'Null' || text === 'NULL'
}

function readBool(text: string): YamlValue | null {
  const [, yes] = /^(?:(true|True|TRUE)|false|False|FALSE)$/.exec(text) ?? []
  return /^(?:true|True|TRUE|false|False|FALSE)$/.test(text) ? { kind: 'bool', value: yes !== undefined } : null
}

const RADIX = /^([-+]?)(0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+|0|[1-9]\d*)$/

function readInteger(text: string): YamlValue | null {
  const [, sign, digits = ''] = RADIX.exec(text) ?? []
  if (sign === undefined) return null
  const integer = sign === '-' ? -BigInt(digits) : BigInt(digits)
  if (integer >= -(2n ** 63n) && integer < 2n ** 64n) return { kind: 'number', value: integer.toString() }
  if (integer >= -(2n ** 127n) && integer < 2n ** 128n) throw new RangeError('an integer of more than 64 bits')
  return null
}

function readFloat(text: string): YamlValue | null {
  const unsigned = text.replace(/^\+/, '')
  if (/^\.(inf|Inf|INF)$/.test(unsigned)) return { kind: 'number', value: '.inf' }
  if (/^-\.(inf|Inf|INF)$/.test(text)) return { kind: 'number', value: '-.inf' }
  if (/^\.(nan|NaN|NAN)$/.test(text)) return { kind: 'number', value: '.nan' }
  if (!/^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(unsigned)) return null
  const value = Number(unsigned)
  return Number.isFinite(value) ? { kind: 'number', value: floatText(value) } : null
}

/** As Rust prints it: the shortest digits, with a point or an exponent. */
function floatText(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const [mantissa = '', power = '0'] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  /** Where the point stands among the digits. */
  const point = Number(power) + 1
  if (value === 0) return `${sign}0.0`
  if (digits.length <= point && point <= 16) return `${sign}${digits.padEnd(point, '0')}.0`
  if (0 < point && point <= 16) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
  if (-5 < point && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return `${sign}${mantissa}e${point - 1}`
}
