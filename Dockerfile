# One image for every part: migrate, web, worker and beat differ in their command alone (docker-compose.yml).
# The base is Debian 12 or a copy of your own: docker build --build-arg BASE=registry.example.cn/debian:12 .
ARG BASE=debian:12-slim
FROM ${BASE}

RUN export DEBIAN_FRONTEND=noninteractive \
    && apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates python3 python3-venv postgresql-client libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

# A virtual environment here too: in one, manage.py just runs. PIP_INDEX_URL names a mirror nearby.
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
ARG PIP_INDEX_URL
COPY portal/requirements/runtime.txt /opt/runtime.txt
RUN python3 -m venv /opt/venv \
    && pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /opt/runtime.txt

WORKDIR /app
COPY . .
# Static files belong to the image. Production's settings ask for secrets even here; these are seen by nothing.
RUN python3 -m compileall -q /app /opt/venv \
    && PORTAL_ENV=production ALLOWED_HOSTS=none MESSAGE_BACKEND=none \
        SECRET_KEY=none FIELD_KEY=none INDEX_KEY=none TICKET_SIGNING_KEY=none \
        python manage.py collectstatic --no-input --verbosity 0 \
    && useradd --system --uid 10001 --home-dir /var/lib/portal portal \
    && install --directory --owner=portal --group=portal --mode=0700 /var/lib/portal

ENV PORTAL_ENV=production PORTAL_VAR=/var/lib/portal XDG_CACHE_HOME=/tmp
USER portal
VOLUME /var/lib/portal
EXPOSE 8000
# More of gunicorn's options: GUNICORN_CMD_ARGS.
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", \
     "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--error-logfile", "-"]
