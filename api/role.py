"""The api role: serve the API and the console until `stop` is set."""

import resource
import threading
from functools import partial

import uvicorn

from api.app import create_app
from api.connections import protocol
from api.onboarding import Workshop
from api.settings import ApiSettings
from api.state import News
from api.webhooks.sending import Dispatcher, WebhookSettings
from models.base.clock import SystemClock
from models.base.errors import Invalid
from models.base.threads import beside
from models.evidence.files import EvidenceFiles
from models.store import Store
from models.store.connect import API

POOL = 12
DRAIN_S = 5
PUBLIC_URL = "http://127.0.0.1:8080"
"""Address of this server on pages if none is configured."""
HEAD_BYTES = 32 * 1024


def run(
    *,
    database_url: str,
    pooled: bool = False,
    listen_url: str | None = None,
    files: EvidenceFiles,
    host: str,
    port: int,
    stop: threading.Event,
    settings: ApiSettings | None = None,
    workshop: Workshop | None = None,
    public_url: str = PUBLIC_URL,
) -> None:
    """Serve the API and the console; requests in progress at `stop` have `DRAIN_S` seconds to end.

    `pooled`: the address leads through a pooler in transaction mode; then `listen_url` leads past it.

    Raises:
        Invalid: the settings name a certificate without its key, or a key without its certificate.
    """
    settings = settings or ApiSettings()
    if (settings.tls_cert_file is None) != (settings.tls_key_file is None):
        raise Invalid("MINGCHU_API_TLS_CERT_FILE and MINGCHU_API_TLS_KEY_FILE: expected both or neither")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each connection needs a file; the usual limit is 1024
    with Store(database_url, role=API, size=POOL, pooled=pooled) as store:
        app = create_app(
            store=store,
            files=files,
            database_url=listen_url or database_url,
            settings=settings,
            workshop=workshop,
            public_url=public_url,
        )
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=DRAIN_S,
            server_header=False,
            limit_concurrency=settings.max_connections,
            h11_max_incomplete_event_size=HEAD_BYTES,
            ssl_certfile=settings.tls_cert_file,
            ssl_keyfile=settings.tls_key_file,
            http=protocol(
                headers_s=settings.headers_within.total_seconds(),
                unread_s=settings.unread_within.total_seconds(),
                most_a_source=settings.max_connections_per_source,
            ),
        )
        server = uvicorn.Server(config)
        watch = threading.Thread(target=_end, args=(server, app.state.mingchu.news, stop), daemon=True)
        watch.start()
        dispatcher = Dispatcher(store, WebhookSettings(), clock=SystemClock())
        with beside(partial(dispatcher.run, stop=stop), stop=stop, name="webhooks"):
            server.run()


def _end(server: uvicorn.Server, news: News, stop: threading.Event) -> None:
    stop.wait()
    news.close()
    server.should_exit = True
