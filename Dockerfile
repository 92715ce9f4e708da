# docker build --build-arg SERVICE=identity -t california-gold/identity:local .
# SERVICE is a folder of services/, or all-in-one. The gateway: docker build --target gateway -t california-gold/gateway:local .
# EXTRAS=distributed,telemetry,model adds the runtime for an ONNX model of your own (analyzer, all-in-one).
ARG PYTHON=python:3.11.15-slim-bookworm
ARG VERSION=0.1.0
ARG REVISION=unknown

FROM ${PYTHON} AS manifests
WORKDIR /src
COPY . .
RUN find . -type f ! -name pyproject.toml ! -path ./constraints.txt ! -path ./tools/requirements.py -delete

FROM ${PYTHON} AS installer
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    LOCKED="--require-hashes --only-binary=:all: --no-deps --requirement"
WORKDIR /src
COPY --from=manifests /src ./

# The browser console. Node.js comes from Python's index, by its hash: no other image of others is needed.
FROM installer AS console
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /node \
    && python tools/requirements.py node > /node/requirements.txt \
    && /node/bin/pip install ${LOCKED} /node/requirements.txt
COPY tools/console.py tools/console.py
COPY contracts/openapi.json contracts/openapi.json
COPY console console
RUN --mount=type=cache,target=/root/.npm \
    /node/bin/python tools/console.py build

# What comes from the index are layers of their own, the first one for all services: a change of our sources downloads nothing.
FROM installer AS dependencies
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /build \
    && python -m venv --without-pip /app \
    && python tools/requirements.py build > /build/requirements.txt \
    && /build/bin/pip install ${LOCKED} /build/requirements.txt \
    && python tools/requirements.py packages chassis distributed,telemetry > /build/requirements.txt \
    && /build/bin/pip --python /app/bin/python install ${LOCKED} /build/requirements.txt
ARG SERVICE
ARG EXTRAS=distributed,telemetry
RUN --mount=type=cache,target=/root/.cache/pip \
    python tools/requirements.py packages "${SERVICE}" "${EXTRAS}" > /build/requirements.txt \
    && /build/bin/pip --python /app/bin/python install ${LOCKED} /build/requirements.txt

# All of ours is named by its folder, so that nothing of these names is ever taken from an index.
FROM dependencies AS build
ARG SERVICE
COPY . .
COPY --from=console /src/console/dist all-in-one/src/california_gold/console/dist
RUN folders="$(python tools/requirements.py folders "${SERVICE}")" \
    && /build/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /build/wheels ${folders} \
    && /build/bin/pip --python /app/bin/python install --no-index --no-deps /build/wheels/*.whl \
    && /build/bin/pip --python /app/bin/python check

# What both images begin with; their last layers are VERSION and REVISION, which change with every build.
FROM ${PYTHON} AS runtime
ARG PYTHON
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
LABEL org.opencontainers.image.licenses=Apache-2.0 \
    org.opencontainers.image.base.name=${PYTHON}

FROM runtime AS gateway
RUN apt-get update \
    && apt-get install --yes --no-install-recommends nginx-light \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv
COPY gateway gateway
COPY contracts/openapi.json contracts/openapi.json
COPY --from=console /src/console/dist console/dist
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/gateway-live', timeout=4)"]
CMD ["python", "-m", "gateway"]
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="California Gold: gateway" \
    org.opencontainers.image.version=${VERSION} \
    org.opencontainers.image.revision=${REVISION}

FROM runtime AS service
ARG SERVICE
RUN install --directory --owner=10001 --group=10001 /work
COPY --from=build /app /app
ENV PATH=/app/bin:${PATH} HOME=/tmp SERVICE=${SERVICE}
WORKDIR /work
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
CMD ["sh", "-c", "[ \"${SERVICE}\" = all-in-one ] && exec california-gold serve; exec python -m \"$(echo \"${SERVICE}\" | tr - _)\""]
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="California Gold: ${SERVICE}" \
    org.opencontainers.image.version=${VERSION} \
    org.opencontainers.image.revision=${REVISION}
