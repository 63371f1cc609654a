import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import {
  type Address,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  keccak256,
  stringToHex,
  zeroAddress,
  zeroHash,
} from 'viem'
import { buildSources, place } from './build.ts'
import type { Call, Chain } from './chain.ts'
import type { Entry } from './entry.ts'
import type { Contract } from './solidity.ts'
import { type Caller, caller } from './story.ts'

/*
 * The ten modules that OpenZeppelin publishes, as one subgraph, beside the contracts of the same house: what npm has of
 * both, built as published. Only the governor and its votes are compiled here, since npm has them as parts.
 */

const require = createRequire(import.meta.url)
const subgraphs = dirname(require.resolve('@openzeppelin/subgraphs/package.json'))
const utilities = dirname(require.resolve('@amxx/graphprotocol-utils/package.json'))
const artifacts = join(subgraphs, 'node_modules/@openzeppelin/contracts')

/** Which modules watch which contract. */
const watched = {
  Coin: ['erc20', 'accesscontrol', 'pausable'],
  Ticket: ['erc721', 'accesscontrol', 'pausable'],
  Goods: ['erc1155', 'accesscontrol', 'pausable'],
  Admin: ['ownable'],
  Beacon: ['ownable', 'erc1967upgrade'],
  Upgrades: ['erc1967upgrade'],
  Lock: ['timelock', 'accesscontrol'],
  Shares: ['erc20', 'voting'],
  Chamber: ['governor'],
} as const

type Role = keyof typeof watched

export const openZeppelin: Entry = {
  name: 'openzeppelin',
  prepare: async ({ chain, contracts, folder }) => {
    const house = await deployHouse(chain, contracts)
    return {
      blocks: plot(house, chain),
      build: async () => {
        const sources = `${folder}-sources`
        await writeSources(sources)
        const built = await buildSources({
          name: 'openzeppelin',
          folder: sources,
          abis: {},
          placeholders: Object.keys(watched),
          isGenerated: true,
        })
        await place(
          built,
          folder,
          Object.fromEntries(Object.entries(house).map(([role, { address }]) => [role, address])),
        )
      },
    }
  },
}

async function artifact(name: string): Promise<Contract> {
  return JSON.parse(await readFile(join(artifacts, `build/contracts/${name}.json`), 'utf8'))
}

type House = Readonly<Record<Role, Caller>>

async function deployHouse(chain: Chain, contracts: Readonly<Record<string, Contract>>): Promise<House> {
  const [owner = zeroAddress, one = zeroAddress] = chain.players
  const deploy = async (contract: Contract | undefined, ...args: readonly unknown[]) => {
    if (contract === undefined) throw new Error('contracts/ lacks a part of the house')
    return caller(contract, await chain.deploy(contract, args))
  }
  const coinCode = await artifact('ERC20PresetMinterPauser')
  const Coin = await deploy(coinCode, 'Coin of the house', 'COIN')
  const Ticket = await deploy(
    await artifact('ERC721PresetMinterPauserAutoId'),
    'Ticket',
    'TIX',
    'https://tickets.example/',
  )
  const Goods = await deploy(await artifact('ERC1155PresetMinterPauser'), 'https://goods.example/{id}.json')
  const Admin = await deploy(await artifact('ProxyAdmin'))
  const Beacon = await deploy(await artifact('UpgradeableBeacon'), Coin.address)
  const proxy = await artifact('TransparentUpgradeableProxy')
  const upgrade = await artifact('ITransparentUpgradeableProxy')
  const deployed = await deploy(proxy, Coin.address, owner, '0x')
  const Upgrades = caller({ ...upgrade, bytecode: '0x' }, deployed.address)
  const Lock = await deploy(await artifact('TimelockController'), 10n, [owner, one], [zeroAddress], owner)
  const Shares = await deploy(contracts.Shares)
  const Chamber = await deploy(contracts.Chamber, Shares.address, Lock.address)
  return { Coin, Ticket, Goods, Admin, Beacon, Upgrades, Lock, Shares, Chamber }
}

const by = (from: number, call: Call): Call => ({ ...call, from })

/** Some days in the life of the house; player 0 has deployed it. */
function plot(
  { Coin, Ticket, Goods, Admin, Beacon, Upgrades, Lock, Shares, Chamber }: House,
  { players }: Chain,
): Call[][] {
  const [owner, ann, bob, eve] = players as [Address, Address, Address, Address]
  const minter = keccak256(stringToHex('MINTER_ROLE'))
  const own = (call: Call) => by(0, call)
  const send = encodeFunctionData({
    abi: Coin('name').abi,
    functionName: 'mint',
    args: [eve, 5n],
  })
  const operation = (salt: number): readonly unknown[] => [Coin.address, 0n, send, zeroHash, saltOf(salt)]
  const proposal = [[Coin.address], [0n], [send]] as const
  return [
    [
      own(Coin('mint', ann, 1_000n * 10n ** 18n)),
      own(Coin('mint', bob, 77n)),
      own(Ticket('mint', ann)),
      own(Ticket('mint', bob)),
    ],
    [own(Goods('mintBatch', ann, [1n, 2n, 3n], [10n, 20n, 30n], '0x')), own(Goods('mint', bob, 1n, 5n, '0x'))],
    [
      by(1, Coin('transfer', bob, 10n ** 18n)),
      by(1, Coin('approve', eve, 500n)),
      by(3, Coin('transferFrom', ann, eve, 123n)),
    ],
    [
      by(1, Ticket('approve', bob, 0n)),
      by(2, Ticket('transferFrom', ann, eve, 0n)),
      by(2, Ticket('setApprovalForAll', eve, true)),
    ],
    [
      by(1, Goods('setApprovalForAll', bob, true)),
      by(2, Goods('safeBatchTransferFrom', ann, eve, [1n, 2n], [3n, 20n], '0x')),
    ],
    [own(Coin('pause')), own(Ticket('pause')), own(Goods('pause'))],
    [
      own(Coin('unpause')),
      own(Goods('unpause')),
      own(Coin('grantRole', minter, ann)),
      own(Coin('grantRole', minter, bob)),
    ],
    [by(1, Coin('mint', ann, 1n)), own(Coin('revokeRole', minter, bob)), by(1, Coin('renounceRole', minter, ann))],
    [
      own(Admin('transferOwnership', ann)),
      own(Beacon('upgradeTo', Ticket.address)),
      own(Upgrades('upgradeTo', Goods.address)),
    ],
    [own(Upgrades('changeAdmin', ann)), by(1, Admin('renounceOwnership')), own(Beacon('transferOwnership', bob))],
    [own(Coin('grantRole', minter, Lock.address)), own(Shares('mint', ann, 900n)), own(Shares('mint', bob, 100n))],
    [
      by(1, Shares('delegate', ann)),
      by(2, Shares('delegate', ann)),
      own(Lock('grantRole', keccak256(stringToHex('PROPOSER_ROLE')), Chamber.address)),
    ],
    [
      own(Lock('schedule', ...operation(1), 12n)),
      own(Lock('schedule', ...operation(2), 100_000n)),
      own(Lock('scheduleBatch', [Coin.address, Coin.address], [0n, 0n], [send, send], zeroHash, saltOf(3), 12n)),
    ],
    [by(2, Shares('delegate', bob)), by(1, Shares('transfer', eve, 50n))],
    [by(1, Chamber('propose', ...proposal, 'Coins for Eve')), own(Lock('execute', ...operation(1)))],
    [
      own(Lock('cancel', operationId(operation(2)))),
      own(Lock('executeBatch', [Coin.address, Coin.address], [0n, 0n], [send, send], zeroHash, saltOf(3))),
    ],
    [
      by(1, Chamber('castVote', proposalId(proposal, 'Coins for Eve'), 1)),
      by(2, Chamber('castVoteWithReason', proposalId(proposal, 'Coins for Eve'), 0, 'too many')),
    ],
    [by(1, Chamber('propose', ...proposal, 'Again'))],
    [],
    [],
    [],
    [by(1, Chamber('queue', ...proposal, keccak256(stringToHex('Coins for Eve'))))],
    [
      by(1, Chamber('cancel', ...proposal, keccak256(stringToHex('Again')))),
      by(2, Coin('burn', 7n)),
      by(3, Ticket('burn', 0n)),
    ],
    [
      by(2, Chamber('execute', ...proposal, keccak256(stringToHex('Coins for Eve')))),
      by(1, Goods('burn', ann, 3n, 30n)),
      own(Coin('mint', owner, 1n)),
    ],
  ]
}

const saltOf = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`

/** @see OpenZeppelin TimelockController.hashOperation */
function operationId(operation: readonly unknown[]): Hex {
  const types = ['address', 'uint256', 'bytes', 'bytes32', 'bytes32'].map((type) => ({ type }))
  return keccak256(encodeAbiParameters(types, operation))
}

/** @see OpenZeppelin Governor.hashProposal */
function proposalId(proposal: readonly unknown[], description: string): bigint {
  const types = ['address[]', 'uint256[]', 'bytes[]', 'bytes32'].map((type) => ({ type }))
  return BigInt(keccak256(encodeAbiParameters(types, [...proposal, keccak256(stringToHex(description))])))
}

/** A folder as a user of the published packages has it: their sources below node_modules, and what their compiler makes of a config. */
async function writeSources(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '@graphprotocol'), { recursive: true })
  await mkdir(join(modules, '@openzeppelin'), { recursive: true })
  const withoutNested = { recursive: true, filter: (from: string) => !/(subgraphs|utils)\/node_modules$/.test(from) }
  await cp(subgraphs, join(modules, '@openzeppelin/subgraphs'), withoutNested)
  await cp(utilities, join(modules, '@amxx/graphprotocol-utils'), withoutNested)
  await cp(join(artifacts, 'build/contracts'), join(modules, '@openzeppelin/contracts/build/contracts'), {
    recursive: true,
  })
  const graphTs = dirname(require.resolve('@graphprotocol/graph-ts/package.json'))
  await symlink(graphTs, join(modules, '@graphprotocol/graph-ts'))
  const config = {
    output: './',
    chain: 'anvil',
    datasources: Object.entries(watched).map(([role, module]) => ({ address: `\${${role}}`, startBlock: 1, module })),
  }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
  const args = [
    '--config',
    join(folder, 'config.json'),
    '--include',
    'node_modules/@openzeppelin/subgraphs/src/datasources',
  ]
  const compiler = join(utilities, 'scripts/graph-compiler/cli.js')
  const env = { ...process.env, NODE_PATH: modules }
  await promisify(execFile)(process.execPath, [compiler, ...args, '--export-schema', '--export-subgraph'], {
    cwd: folder,
    env,
  })
  const schema = await readFile(join(folder, 'schema.graphql'), 'utf8')
  // graph-cli asks for it since 0.98.1; the published schema is older.
  await writeFile(join(folder, 'schema.graphql'), schema.replace(/@entity(?!\()/g, '@entity(immutable: false)'))
}
