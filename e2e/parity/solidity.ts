import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Abi, Hex } from 'viem'

/** A compiled contract: enough to deploy it, call it, and tell a subgraph of it. */
export interface Contract {
  readonly abi: Abi
  readonly bytecode: Hex
  /** What is there once it is deployed, if it has no constructor. */
  readonly deployed: Hex
}

const require = createRequire(import.meta.url)
const built = join(import.meta.dirname, 'build')

/** Compiles a folder with npm's solc, unless these very sources have been compiled before. @returns contracts by name */
export async function compileContracts(
  sources = join(import.meta.dirname, 'contracts'),
): Promise<Readonly<Record<string, Contract>>> {
  const names = (await readdir(sources)).filter((name) => name.endsWith('.sol')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(sources, name), 'utf8')))
  const input = JSON.stringify({
    language: 'Solidity',
    sources: Object.fromEntries(names.map((name, index) => [name, { content: texts[index] }])),
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  })
  const file = join(built, `contracts-${createHash('sha256').update(input).digest('hex').slice(0, 16)}.json`)
  const known = await readFile(file, 'utf8').catch(() => undefined)
  if (known !== undefined) return JSON.parse(known)
  const contracts = compile(input)
  await mkdir(built, { recursive: true })
  await writeFile(file, JSON.stringify(contracts))
  return contracts
}

type Output = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts: Record<string, Record<string, { readonly abi: Abi; readonly evm: Code }>>
}

type Code = Readonly<Record<'bytecode' | 'deployedBytecode', { readonly object: string }>>

type Import = { readonly contents: string } | { readonly error: string }

function compile(input: string): Record<string, Contract> {
  const solc: { compile(input: string, callbacks: { import(path: string): Import }): string } = require('solc')
  const output: Output = JSON.parse(solc.compile(input, { import: importFile }))
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'))
  return Object.fromEntries(
    Object.entries(output.contracts)
      .filter(([file]) => !file.includes('/'))
      .flatMap(([, file]) => Object.entries(file))
      .map(
        ([
          name,
          {
            abi,
            evm: { bytecode, deployedBytecode },
          },
        ]) => [
          name,
          { abi, bytecode: `0x${bytecode.object}` as const, deployed: `0x${deployedBytecode.object}` as const },
        ],
      ),
  )
}

/** OpenZeppelin's are those of the published subgraphs, a major version before the ones of the example. */
function importFile(path: string): Import {
  const folder = dirname(require.resolve('@openzeppelin/subgraphs/package.json'))
  try {
    return { contents: readFileSync(join(folder, 'node_modules', path), 'utf8') }
  } catch (error) {
    return { error: String(error) }
  }
}
