import { createRequire } from 'node:module'
import { defineConfig } from 'hardhat/config'

const require = createRequire(import.meta.url)

export default defineConfig({
  solidity: {
    // npm's compiler, so that nothing is downloaded; it has to be the version pinned in package.json.
    version: '0.8.37',
    path: require.resolve('solc/soljson.js'),
    settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: 'cancun' },
  },
  paths: { sources: './src', tests: { solidity: './test' }, artifacts: './build/artifacts', cache: './build/cache' },
  test: {
    solidity: { fuzz: { runs: 256, seed: '0x68656464' }, invariant: { runs: 64, depth: 64, failOnRevert: true } },
  },
})
