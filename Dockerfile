# mesolet in a container. docs/container-image.md says how it is run.
#
#   docker build --build-arg COMMIT="$(git rev-parse HEAD)" -t mesolet .

# What it runs on. It takes glibc, sh, id and ls, and to unpack itself gzip, sha256sum, uname and other core utilities.
ARG BASE=debian:bookworm-slim
# What it is built on: npx, which fetches Deno.
ARG BUILD_BASE=node:22-bookworm-slim

FROM ${BUILD_BASE} AS build
ARG COMMIT=unknown
WORKDIR /src
COPY . .
RUN npx -y deno@2.9.6 task build --commit "$COMMIT" && cp -L dist/mesolet /mesolet

FROM ${BASE}
COPY --from=build /mesolet /usr/local/bin/mesolet
COPY scripts/image/entry.sh /usr/local/bin/mesolet-entry
# Unpacked here, so that no start has to, and none needs a directory that it may write.
RUN mkdir -p /var/cache/mesolet && MESOLET_CACHE_DIR=/var/cache/mesolet mesolet version
ARG COMMIT=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="mesolet" \
  org.opencontainers.image.description="Runs pods: groups of Docker containers" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$COMMIT"
# By this variable programs know that they are in a container, whatever runs it.
ENV container=oci
ENTRYPOINT ["/usr/local/bin/mesolet-entry"]
