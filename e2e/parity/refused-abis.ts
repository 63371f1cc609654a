const event = { type: 'event', name: 'Odd', inputs: [], anonymous: false }
const fn = { type: 'function', name: 'odd', inputs: [], outputs: [], stateMutability: 'view' }
const param = { name: 'a', type: 'uint256', internalType: 'uint256' }
const without = (entry: object, name: string) =>
  Object.fromEntries(Object.entries(entry).filter(([key]) => key !== name))

/** What stands in an ABI beside what is needed, by what is odd about it. */
const entries: Readonly<Record<string, readonly unknown[]>> = {
  'event without anonymous': [without(event, 'anonymous')],
  'event without inputs': [without(event, 'inputs')],
  'event without name': [without(event, 'name')],
  'event of a name that is none': [{ ...event, name: 'not a name' }],
  'input of an event without indexed': [{ ...event, inputs: [param] }],
  'function without outputs': [without(fn, 'outputs')],
  'function without inputs': [without(fn, 'inputs')],
  'function without name': [without(fn, 'name')],
  'function without mutability': [without(fn, 'stateMutability')],
  'function of an old compiler': [{ ...without(fn, 'stateMutability'), constant: true, payable: false }],
  'function of an odd mutability': [{ ...fn, stateMutability: 'nope' }],
  'function of undefined mutability': [{ ...fn, stateMutability: 'undefined' }],
  'parameter without name': [{ ...fn, inputs: [without(param, 'name')] }],
  'parameter without type': [{ ...fn, inputs: [without(param, 'type')] }],
  'parameter of an unknown type': [{ ...fn, inputs: [{ ...param, type: 'nope' }] }],
  'parameter of an odd width': [{ ...fn, inputs: [{ ...param, type: 'uint7' }] }],
  'tuple without components': [{ ...fn, inputs: [{ ...param, type: 'tuple' }] }],
  'function with indexed inputs': [{ ...fn, inputs: [{ ...param, indexed: true }] }],
  'no type': [without(fn, 'type')],
  'type nope': [{ ...fn, type: 'nope' }],
  'two constructors': [1, 2].map(() => ({ type: 'constructor', inputs: [], stateMutability: 'payable' })),
  'constructor without inputs': [{ type: 'constructor', stateMutability: 'payable' }],
  'two fallbacks': [1, 2].map(() => ({ type: 'fallback', stateMutability: 'payable' })),
  'receive without mutability': [{ type: 'receive' }],
  'error without inputs': [{ type: 'error', name: 'Odd' }],
  'no entry': [7],
}

/** ABIs by what is odd about them; some are taken. @param good - the text of one that has what the manifest asks for */
export function oddAbis(good: string): Readonly<Record<string, string>> {
  const all: unknown[] = JSON.parse(good)
  return {
    ...Object.fromEntries(
      Object.entries(entries).map(([name, odd]) => [`ABI: ${name}`, JSON.stringify([...all, ...odd])]),
    ),
    'ABI in an artifact': JSON.stringify({ abi: all, bytecode: '0x' }),
    'ABI in an output': JSON.stringify({ compilerOutput: { abi: all } }),
    'ABI in nothing known': JSON.stringify({ nope: all }),
    'ABI that is a word': '"abi"',
    'ABI that is no JSON': '[',
    'ABI that is empty': '',
    'ABI without the event': '[]',
  }
}
