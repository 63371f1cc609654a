import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseDeployment, parseNetworks, renderManifest } from './manifest.ts'

const address = `0x${'5f'.repeat(20)}`
const template = await readFile(join(import.meta.dirname, 'subgraph.template.yaml'), 'utf8')

it('fills a deployment into the template', () => {
  const contracts = { Atelier: address, Patron: address, Market: address, Anchor: address }
  const deployment = parseDeployment(JSON.stringify({ network: 'elsewhere', startBlock: 4, contracts }))

  const manifest = renderManifest(template, deployment, '../abis')

  expect(manifest.match(/^ +(network|address|startBlock): .*$/gm)?.slice(0, 3)).toEqual([
    '    network: "elsewhere"',
    `      address: "${address}"`,
    '      startBlock: 4',
  ])
  expect(manifest).toContain('file: "../abis/Market.json"')
})

it('reads the addresses of a network as graph-cli keeps them', () => {
  const networks = JSON.stringify({ anvil: { Market: { address, startBlock: 9 } } })

  expect(parseNetworks(networks, 'anvil')).toEqual({ network: 'anvil', places: { Market: { address, startBlock: 9 } } })
})

it.each([
  ['no JSON', '{', /not JSON/],
  ['no network', JSON.stringify({ startBlock: 1, contracts: {} }), /network/],
  ['no start block', JSON.stringify({ network: 'anvil', contracts: { Market: address } }), /Market has no start block/],
  [
    'half an address',
    JSON.stringify({ network: 'anvil', startBlock: 1, contracts: { Market: '0x12' } }),
    /Market has no address/,
  ],
])('refuses a deployment with %s', (_, text, reason) => {
  expect(() => parseDeployment(text)).toThrow(reason)
})

it('refuses a template that asks for a contract nobody deployed', () => {
  expect(() => renderManifest(template, { network: 'anvil', places: {} }, '../abis')).toThrow(/Atelier.address/)
})
