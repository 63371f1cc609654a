import type { Faults, Subject } from './faults.ts'

/** An answer as a liar gives it, of all but logs: those are lied about before other faults befall them. */
export function lied({ lies, liesAbout = ['logs'] }: Faults, method: string, answer: unknown): unknown {
  const subject = subjectOf(method)
  if (lies === undefined || subject === null || !liesAbout.includes(subject)) return answer
  if (subject === 'traces') return liedList(lies, answer as readonly Raw[], ['input', 'action'])
  if (lies === 'omits') return answer
  if (typeof answer === 'string') return altered(answer)
  return Array.isArray(answer) ? liedList(lies, answer, valuesOf) : alteredIn(answer as Raw | null, valuesOf)
}

/** Half of a list, or all of it with other values. */
export function liedList<T extends Raw>(lies: 'omits' | 'alters', list: readonly T[], values: readonly string[]): T[] {
  if (lies === 'omits') return list.filter((_, i) => i % 2 === 1)
  return list.map((one) => alteredIn(one, values))
}

type Raw = Readonly<Record<string, unknown>>

/** Of blocks, their transactions and receipts: hashes and numbers stay, so that nothing looks amiss. */
const valuesOf = ['timestamp', 'value', 'status', 'transactions']

function subjectOf(method: string): Subject | null {
  switch (method) {
    case 'eth_getBlockByNumber':
    case 'eth_getBlockByHash':
      return 'blocks'
    case 'eth_getTransactionReceipt':
    case 'eth_getBlockReceipts':
      return 'receipts'
    case 'eth_call':
    case 'eth_getBalance':
    case 'eth_getCode':
      return 'states'
    case 'trace_filter':
    case 'trace_block':
      return 'traces'
    default:
      return null
  }
}

function alteredIn<T extends Raw | null>(raw: T, values: readonly string[]): T {
  if (raw === null) return raw
  const parts = Object.entries(raw).map(([name, part]) => [
    name,
    values.includes(name) ? alteredPart(part, values) : part,
  ])
  return Object.fromEntries(parts)
}

function alteredPart(part: unknown, values: readonly string[]): unknown {
  if (typeof part === 'string') return altered(part)
  // Hashes of transactions stay as they are.
  if (Array.isArray(part)) return part.map((one) => (typeof one === 'object' ? alteredIn(one, values) : one))
  return typeof part === 'object' ? alteredIn(part as Raw | null, values) : part
}

/** Another value of the same length. */
function altered(hex: string): string {
  return hex.replace(/[0-9a-f]$/, (digit) => (Number.parseInt(digit, 16) ^ 1).toString(16))
}
