import { readFileSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { expect, it } from 'vitest'
import { isSupported, preferThisNode } from './node.mjs'

it.each(['v22.18.0', 'v22.21.3', 'v24.0.0', 'v24.20.0', 'v26.0.0', 'v27.1.0'])('goes on in Node %s', (version) => {
  expect(isSupported(version)).toBe(true)
})

it.each(['v20.20.2', 'v21.7.3', 'v22.17.1', 'v22.9.0', 'v23.11.0', 'v25.2.0'])('hands over from Node %s', (version) => {
  expect(isSupported(version)).toBe(false)
})

it('lets every child find the Node first, and forgets the one of an outer npm', () => {
  const env = {
    PATH: `/usr/bin${delimiter}${dirname('/right/bin/node')}`,
    NODE: '/usr/bin/node',
    npm_execpath: '/usr/lib/npm-cli.js',
    npm_node_execpath: '/usr/bin/node',
    npm_config_prefix: '/usr',
    npm_lifecycle_event: 'start',
    npm_package_json: '/clone/package.json',
    npm_config_registry: 'https://registry.example',
  }

  preferThisNode(env, '/right/bin/node')

  expect(env).toEqual({
    PATH: `/right/bin${delimiter}/usr/bin`,
    HEDDLE_NPM: '/usr/lib/npm-cli.js',
    npm_config_registry: 'https://registry.example',
  })
})

it('pins every Node it may bring by version and integrity, from no particular host', () => {
  const read = (name: string) => JSON.parse(readFileSync(new URL(`./node/${name}`, import.meta.url), 'utf8'))
  const { optionalDependencies } = read('package.json')
  const { packages } = read('package-lock.json')

  for (const [name, version] of Object.entries(optionalDependencies)) {
    expect(packages[`node_modules/${name}`]).toMatchObject({ version, integrity: expect.stringMatching(/^sha512-/) })
    expect(packages[`node_modules/${name}`]).not.toHaveProperty('resolved')
    expect(isSupported(`v${version}`)).toBe(true)
  }
})
