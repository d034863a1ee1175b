# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY tools/index_readme.py ./tools/
COPY feeder ./feeder
RUN python -m venv /opt/feeder \
    && /opt/feeder/bin/pip install --no-cache-dir --disable-pip-version-check '.[postgres]'

FROM python:3.13-slim
LABEL org.opencontainers.image.title="feeder" \
      org.opencontainers.image.description="Pages that change, as Atom, RSS and JSON feeds" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --system --uid 10001 --home-dir /data --create-home feeder
COPY --from=build /opt/feeder /opt/feeder
COPY --chown=feeder deploy/container.toml /data/config.toml
ENV PATH=/opt/feeder/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
# The configuration, the store, the token and the published feeds.
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["feeder", "run", "--config", "/data/config.toml"]
