# The operator's image. hack/image writes the same one without Docker; a test holds both together.
# The base image by digest, as a tag can be moved. Required: learn it, at each build or when the version below is raised, by
#   docker buildx imagetools inspect node:24.21.0-bookworm-slim --format '{{.Manifest.Digest}}'
ARG NODE_DIGEST
FROM node:24.21.0-bookworm-slim@${NODE_DIGEST} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The package node brings a Node.js by its install script: the image has its own.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# What the operator does not read: see hack/image/files.ts.
RUN rm -r node_modules/binaryen/bin && rm -rf node_modules/bare-*/prebuilds \
    && find node_modules -type f -regex '.*\.\(map\|md\|d\.ts\|d\.mts\|d\.cts\)' -delete

FROM node:24.21.0-bookworm-slim@${NODE_DIGEST}
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json package.json
COPY LICENSE LICENSE
COPY operator operator
COPY filter filter
USER 65532:65532
# So that large modules and short-lived objects leave no memory behind: see hack/image/operator-command.ts.
ENV MALLOC_ARENA_MAX=2
ENV MALLOC_MMAP_THRESHOLD_=131072
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=8", "--heap-growing-percent=25", "--external-memory-accounted-in-global-limit", "operator/controller/main.ts"]
