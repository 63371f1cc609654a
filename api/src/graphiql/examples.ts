import type { Tab } from './assets.ts'

/** What GraphiQL opens with: each works on the example as it stands. */
export const exampleTabs: readonly Tab[] = [
  {
    query: `# Heddle: what the chain says and what people wrote, in one answer, as of one block.
query Gallery {
  _meta {
    block {
      number
      hash
    }
  }
  tokens(first: 10, orderBy: mintedAt, orderDirection: desc) {
    tokenId
    metadata {
      name
      image
    }
    collection {
      name
      page {
        description
      }
    }
    owner {
      id
      profile {
        handle
        name
      }
    }
    listing {
      price
      currency
    }
  }
}
`,
  },
  {
    query: `# From people to the chain: everyone, with all their addresses' tokens.
query People {
  profiles(first: 10) {
    handle
    name
    accounts {
      id
      tokens(first: 5) {
        tokenId
        collection {
          name
        }
        metadata {
          name
        }
      }
      balance {
        amount
      }
    }
  }
}
`,
  },
  {
    query: `# What was sold lately, by whom, to whom, and the days' totals.
query Sales {
  sales(first: 10, orderBy: timestamp, orderDirection: desc) {
    price
    currency
    timestamp
    token {
      tokenId
      metadata {
        name
      }
    }
    seller {
      profile {
        name
      }
    }
    buyer {
      profile {
        name
      }
    }
  }
  saleStats_collection(interval: day, first: 7) {
    timestamp
    currency
    count
    volume
  }
}
`,
  },
]
