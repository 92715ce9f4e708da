# docker build --build-arg SERVICE=identity -t california-gold/identity:local .
# SERVICE is a folder of services/, or all-in-one. The gateway: docker build --target gateway -t california-gold/gateway:local .
ARG PYTHON=python:3.11.13-slim-bookworm

FROM ${PYTHON} AS build
ARG SERVICE
ARG EXTRAS=distributed
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=/src/constraints.txt
WORKDIR /src
COPY constraints.txt ./
COPY contracts contracts
COPY chassis chassis
COPY services services
COPY all-in-one all-in-one
# All of ours is named by its folder, so that nothing of these names is ever taken from an index.
RUN set -eu; \
    test -n "${SERVICE}"; \
    python -m venv /app; \
    case "${SERVICE}" in \
        all-in-one) set -- chassis services/* all-in-one ;; \
        *) set -- chassis "services/${SERVICE}" ;; \
    esac; \
    for folder in "$@"; do set -- "$@" "./${folder}[${EXTRAS}]"; shift; done; \
    /app/bin/pip install ./contracts "$@"; \
    /app/bin/pip uninstall --yes pip setuptools

FROM ${PYTHON} AS gateway
RUN apt-get update \
    && apt-get install --yes --no-install-recommends nginx-light \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv
COPY gateway gateway
COPY contracts/openapi.json contracts/openapi.json
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/gateway-live', timeout=4)"]
CMD ["python", "-m", "gateway"]

FROM ${PYTHON} AS service
ARG SERVICE
RUN install --directory --owner=10001 --group=10001 /work
COPY --from=build /app /app
ENV PATH=/app/bin:${PATH} PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp SERVICE=${SERVICE}
WORKDIR /work
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/live', timeout=4)"]
CMD ["sh", "-c", "exec python -m \"$(echo \"${SERVICE}\" | tr - _)\""]
