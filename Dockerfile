# One image for every role: `--roles` chooses. No build step: Node 24 runs the TypeScript as it is.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Left out: development tools, the embedded PostgreSQL (a district brings its own) and the npm package `node` (the image is Node 24).
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force \
  && rm -rf node_modules/node node_modules/.bin/node

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json start.ts ./
COPY alerting alerting
COPY broker broker
COPY dashboards dashboards
COPY domain domain
COPY ingest ingest
COPY runtime runtime
COPY storage storage
# Owned by root, run by nobody in particular: what is attacked can't change what runs.
USER node
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "start.ts"]
