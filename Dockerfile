# Painting, the page and the HTTP API; docs/install.md says how to run it.
# docker build -t pincel .        with iPhone photos too: --build-arg EXTRAS=serve,heic

FROM python:3.13-slim AS build
ARG EXTRAS=serve
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m venv /opt/pincel
RUN /opt/pincel/bin/python -m pip install --no-cache-dir ".[$EXTRAS]"

FROM python:3.13-slim
COPY --from=build /opt/pincel /opt/pincel
# HOME: whoever it runs as, with `docker run --user` too, has none of their own
ENV PATH=/opt/pincel/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
USER 10001:10001
WORKDIR /photos
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/api/v1/health', timeout=4)"]
# inside a container 0.0.0.0 is what `docker run -p` reaches; by another name than localhost it answers nobody
CMD ["pincel", "serve", "--host", "0.0.0.0", "--allow-host", "localhost", "--no-browser"]
