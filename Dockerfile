# The gateway (and its migrations). graph-node, Postgres, IPFS and Redis come from their own images: see docker-compose.yml.
FROM node:24-slim
WORKDIR /heddle
COPY . .
RUN npm ci --ignore-scripts && node prisma/codegen.ts
USER node
EXPOSE 4000
CMD ["node", "api/src/main.ts"]
