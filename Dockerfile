# The operator's image. hack/image writes its files: here, and without Docker (npm run image). Tests run what it writes.
# The base serves for building only. It is named by digest, of all architectures, as a tag can be moved. For another version:
#   docker buildx imagetools inspect node:VERSION-bookworm-slim --format '{{.Manifest.Digest}}'
FROM node:24.21.0-bookworm-slim@sha256:2fe369e969550cde8e867afc3fe370b260140cab4a23d467074295b42163d553 AS build
# strip takes the names of functions out of Node.js: any version does.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY package.json package-lock.json ./
# The package node brings a Node.js by its install script: the base has one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node hack/image/main.ts --output /image --unpacked

# Node.js with the libraries that it loads, the packages that the operator needs, and the operator: no shell and no other program.
FROM scratch
COPY --from=build /image /
WORKDIR /app
USER 65532:65532
# So that large modules and short-lived objects leave no memory behind: see hack/image/operator-command.ts.
ENV MALLOC_ARENA_MAX=2
ENV MALLOC_MMAP_THRESHOLD_=131072
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=8", "--heap-growing-percent=25", "--external-memory-accounted-in-global-limit", "operator/controller/main.ts"]
