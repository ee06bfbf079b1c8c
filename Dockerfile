# syntax=docker/dockerfile:1

# The look: compiled by Node, which stays behind.
FROM node:24-slim AS assets
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend frontend
RUN npm run build

# The dependencies: by their hashes, into an environment that the last stage takes over.
FROM python:3.11-slim AS dependencies
WORKDIR /build
RUN python -m venv /opt/entente
COPY requirements.lock ./
RUN /opt/entente/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

# What runs: no compiler, no Node, no pip; a user without rights; a root that may be read-only.
FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends libseccomp2 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 entente \
 && useradd --uid 10001 --gid entente --no-create-home --home-dir /srv/entente --shell /usr/sbin/nologin entente \
 && install -d -o entente -g entente -m 0700 /var/lib/entente
WORKDIR /srv/entente
COPY --from=dependencies /opt/entente /opt/entente
COPY app app
COPY migrations migrations
COPY policies policies
COPY templates templates
COPY --from=assets /build/static static
RUN rm -rf /opt/entente/lib/python3.11/site-packages/pip* /opt/entente/bin/pip* \
 && printf '#!/bin/sh\nexec /opt/entente/bin/python -m app "$@"\n' > /usr/local/bin/entente \
 && chmod 0755 /usr/local/bin/entente
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/srv/entente \
    ENTENTE_DATA_DIR=/var/lib/entente ENTENTE_HOST=0.0.0.0 ENTENTE_PORT=8000
USER entente
VOLUME /var/lib/entente
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["/opt/entente/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["entente"]
CMD ["serve"]
