import { type AbiFunction, encodeAbiParameters, encodeFunctionData } from 'viem'
import type { Hex } from '../src/chain/block.ts'
import { type AbiValue, type ContractAbi, decodeArguments, functionSignature, selector } from '../src/deployment/abi.ts'
import type { Deployment } from '../src/deployment/deployment.ts'
import type { ChainNeed } from '../src/execution.ts'
import { KitError } from './kit-error.ts'

/** What one contract function returns. */
export interface MockedCall {
  readonly address: Hex
  /** Name of an ABI in the manifest. */
  readonly contract: string
  /** Name, or signature (`balanceOf(address):(uint256)`) where the ABI has several of that name. */
  readonly function: string
  /** Absent: whatever it is called with. */
  readonly args?: readonly unknown[]
  readonly returns: readonly unknown[] | 'revert'
}

type Answer = Hex | bigint | boolean | null

/** A chain that knows what it was told, and says what it was not. */
export class MockChain {
  readonly #abis: ReadonlyMap<string, ContractAbi>
  /** By address and input; of calls with any arguments, by address and selector. */
  readonly #calls = new Map<string, Hex | null>()
  readonly #balances = new Map<string, bigint>()
  readonly #codes = new Map<string, boolean>()

  constructor({ dataSources, templates }: Deployment) {
    this.#abis = new Map([...dataSources, ...templates].flatMap(({ abis }) => [...abis]))
  }

  mockCall({ address, contract, function: name, args, returns }: MockedCall): void {
    const fn = this.#functionOf(contract, name)
    const input = args ? encodeFunctionData({ abi: [fn], args: fit(fn, args) }) : selector(fn)
    const output = returns === 'revert' ? null : encodeAbiParameters(fn.outputs, fitTo(fn.outputs, returns))
    this.#calls.set(callKey(address, input), output)
  }

  mockBalance(address: Hex, balance: bigint): void {
    this.#balances.set(address.toLowerCase(), balance)
  }

  mockCode(address: Hex, hasCode: boolean): void {
    this.#codes.set(address.toLowerCase(), hasCode)
  }

  /** @throws {@link KitError} for what nobody mocked */
  answer(needs: readonly ChainNeed[]): Answer[] {
    return needs.map((need) => this.#answer(need))
  }

  #answer(need: ChainNeed): Answer {
    if (need.kind === 'call') return this.#callAnswer(need.to, need.data)
    const known = (need.kind === 'balance' ? this.#balances : this.#codes).get(need.address)
    if (known !== undefined) return known
    const mock = need.kind === 'balance' ? `mockBalance('${need.address}', 0n)` : `mockCode('${need.address}', true)`
    throw new KitError(`A handler asked for the ${need.kind} of ${need.address}. Say what it is: run.${mock}.`)
  }

  #callAnswer(to: Hex, data: Hex): Hex | null {
    const exact = this.#calls.get(callKey(to, data))
    const known = exact === undefined ? this.#calls.get(callKey(to, data.slice(0, 10))) : exact
    if (known === undefined) throw new KitError(this.#describeMissing(to, data))
    return known
  }

  #describeMissing(to: Hex, data: Hex): string {
    for (const { name, abi } of this.#abis.values()) {
      for (const fn of abi) {
        if (fn.type !== 'function' || selector(fn) !== data.slice(0, 10)) continue
        const args = decodeArguments(fn.inputs, `0x${data.slice(10)}`) ?? []
        const literals = args.map(literal).join(', ')
        return (
          `A handler called ${name}.${fn.name}(${literals}) at ${to}, which is not mocked. Say what it returns: ` +
          `run.mockCall({ address: '${to}', contract: '${name}', function: '${fn.name}', args: [${literals}], returns: […] or 'revert' }).`
        )
      }
    }
    return `A handler called ${to} with ${data}, which is not mocked and of no ABI in the manifest.`
  }

  #functionOf(contract: string, name: string): AbiFunction {
    const abi = this.#abis.get(contract)
    if (!abi) throw new KitError(`The manifest has no ABI ${contract}. It has: ${[...this.#abis.keys()].join(', ')}.`)
    const functions = abi.abi.filter((entry) => entry.type === 'function')
    const found = functions.filter((fn) => fn.name === name || functionSignature(fn) === name)
    const [fn] = found
    if (fn && found.length === 1) return fn
    const signatures = (fn ? found : functions).map(functionSignature).join(', ')
    throw new KitError(
      `${contract} has ${fn ? 'several functions' : 'no function'} ${name}. Give one of: ${signatures}.`,
    )
  }
}

function fit(fn: AbiFunction, args: readonly unknown[]): unknown[] {
  return fitTo(fn.inputs, args)
}

function callKey(address: string, input: string): string {
  return `${address.toLowerCase()}/${input.toLowerCase()}`
}

/** Plain numbers are welcome where viem wants bigints. */
function fitTo(params: AbiFunction['inputs'], values: readonly unknown[]): unknown[] {
  return values.map((value, index) => {
    const isInteger = /^u?int\d*$/.test(params[index]?.type ?? '')
    return isInteger && typeof value === 'number' ? BigInt(value) : value
  })
}

function literal({ kind, value }: AbiValue): string {
  switch (kind) {
    case 'int':
    case 'uint':
      return `${value}n`
    case 'bool':
      return String(value)
    case 'array':
    case 'fixedArray':
    case 'tuple':
      return `[${value.map(literal).join(', ')}]`
    default:
      return JSON.stringify(value).replaceAll('"', "'")
  }
}
