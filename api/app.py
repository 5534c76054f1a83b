"""Build the application: the API and the console."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope as AsgiScope

from api import openapi, problems
from api.access.sign_on.asking import asker_of
from api.access.sign_on.settings import read_providers
from api.access.throttle import Throttle
from api.console import access_pages, duty_pages, pages, today_pages
from api.console.shell import render
from api.door import Door
from api.middleware import Around
from api.onboarding import Workshop
from api.prefix import Prefixed, prefix_of
from api.routes import (
    accounts,
    alerts,
    audit,
    baselines,
    broadcasts,
    cadre_trainings,
    cadres,
    calendars,
    cameras,
    chains,
    codes,
    devices,
    digests,
    dispatch,
    documents,
    events,
    evidence,
    exchange,
    exports,
    furniture,
    groups,
    guarantees,
    home,
    indices,
    leads,
    letters,
    notices,
    openings,
    operations,
    outlets,
    own_account,
    own_pledges,
    patrol_plans,
    patrols,
    people,
    pledges,
    precision,
    provisioning,
    public,
    public_reports,
    quarantine,
    rechecks,
    records,
    registry,
    reports,
    scenes,
    session,
    sign_on,
    snapshot,
    supervision,
    task_photos,
    tasks,
    tenants,
    trainings,
    uploads,
    violations,
    visits,
    wall,
    warning_rules,
    warnings,
    webhooks,
    welcome,
)
from api.settings import ApiSettings
from api.state import App, News
from models.base.clock import Clock, SystemClock
from models.base.metrics import READY
from models.evidence.files import EvidenceFiles
from models.store import Store
from models.store.listen import Listener

WORKER_THREADS = 48


def create_app(
    *,
    store: Store,
    files: EvidenceFiles,
    database_url: str,
    clock: Clock | None = None,
    settings: ApiSettings | None = None,
    workshop: Workshop | None = None,
    public_url: str = "http://127.0.0.1:8080",
) -> FastAPI:
    """Return the app on an opened store of role `mingchu_api`; without a `workshop` it connects no cameras.

    Pages show `public_url` as the server's address, because a sender can forge the address in a request.
    """
    settings = settings or ApiSettings()
    prefix = prefix_of(public_url)
    providers = read_providers(settings.identity_file)
    news = News(at_most=settings.max_waiters)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = WORKER_THREADS
        with Listener(database_url, ("mingchu_event",)) as listener:
            arguments = (listener, asyncio.get_running_loop())
            pump = threading.Thread(target=news.pump, args=arguments, name="news", daemon=True)
            pump.start()
            # What was loaded stays for good: the collector need not look through it again in the middle of a request.
            gc.collect()
            gc.freeze()
            READY.set(1)
            yield
            READY.set(0)
            news.close()
            gc.unfreeze()
            await to_thread.run_sync(pump.join, 2)

    app = FastAPI(
        lifespan=lifespan, docs_url=None, redoc_url=None, servers=[{"url": prefix}] if prefix else None, **openapi.ABOUT
    )
    app.state.mingchu = App(
        store=store,
        files=files,
        clock=clock or SystemClock(),
        settings=settings,
        news=news,
        public_url=public_url,
        throttle=Throttle(settings.paces()),
        workshop=workshop,
        providers=providers,
        askers={name: asker_of(one) for name, one in providers.items()},
    )
    problems.install(app)
    app.add_exception_handler(pages.LoginNeeded, pages.to_login)
    for module in (
        operations,
        public,
        documents,
        session,
        welcome,
        sign_on,
        own_account,
        accounts,
        audit,
        registry,
        provisioning,
        people,
        trainings,
        precision,
        devices,
        quarantine,
        cameras,
        furniture,
        baselines,
        wall,
        codes,
        calendars,
        chains,
        violations,
        evidence,
        alerts,
        public_reports,
        tasks,
        task_photos,
        leads,
        outlets,
        home,
        scenes,
        records,
        openings,
        reports,
        warnings,
        warning_rules,
        indices,
        letters,
        dispatch,
        exchange,
        notices,
        broadcasts,
        groups,
        tenants,
        guarantees,
        cadre_trainings,
        cadres,
        supervision,
        visits,
        patrol_plans,
        patrols,
        rechecks,
        pledges,
        own_pledges,
        webhooks,
        events,
        digests,
        snapshot,
        exports,
        uploads,
        pages,
        duty_pages,
        today_pages,
        access_pages,
    ):
        app.include_router(module.router)
    app.mount("/static", _Static(directory=render.CONSOLE), name="static")
    app.add_middleware(Door, settings=settings)
    app.add_middleware(Around)
    if prefix:
        app.add_middleware(Prefixed, prefix=prefix)
    openapi.install(app)
    return app


class _Static(StaticFiles):
    """Serves style sheets, scripts and pictures from the console's folders, but no templates and no code."""

    async def get_response(self, path: str, scope: AsgiScope) -> Response:
        if Path(path).suffix not in render.STATIC_SUFFIXES:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        answer = await super().get_response(path, scope)
        # The content behind an address with a digest never changes; scripts that other scripts import have no digest.
        named = b"v=" in scope["query_string"]
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "no-cache"
        return answer
