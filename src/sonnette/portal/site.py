"""The routes of the web side."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sonnette.base.meter import Meter
from sonnette.portal import metrics, provisioning
from sonnette.portal.domain import Account, Domain
from sonnette.portal.protection import Protection
from sonnette.portal.start import start_page

FOLDER = Path(__file__).parent
Gauges = Callable[[], Mapping[str, float]]
Take = Callable[[str], Account | None]


def site(
    domain: Domain,
    meter: Meter,
    gauges: Gauges,
    names: Iterable[str] = (),
    further: Iterable[BaseRoute] = (),
    take: Take = lambda token: None,
) -> Starlette:
    """The application that serves ``domain``.

    ``names`` limits the hosts it answers to; ``further`` are the routes of other parts;
    ``take`` gives the account behind a provisioning link that an operator handed out.
    """

    async def start(request: Request) -> Response:
        return start_page(domain, request)

    async def health(request: Request) -> Response:
        return await _health(domain)

    async def measures(request: Request) -> Response:
        text = metrics.exposition(meter, gauges())
        return Response(text, headers={"Content-Type": metrics.MEDIA_TYPE})

    async def settings_for_client(request: Request) -> Response:
        token = request.path_params["token"]
        account = domain.account_of(token) or take(token)
        if account is None:
            raise HTTPException(404, "This address is unknown or has expired: ask for a new one.")
        document = provisioning.lpconfig(domain, account)
        return Response(document, media_type=provisioning.MEDIA_TYPE)

    async def authority(request: Request) -> Response:
        if domain.authority is None:
            raise HTTPException(404, "This server's certificate needs no authority of its own.")
        return FileResponse(domain.authority, media_type="application/x-pem-file")

    return Starlette(
        routes=[
            Route("/", start),
            Route("/health", health),
            Route("/metrics", measures),
            Route("/provisioning/{token}", settings_for_client),
            Route("/ca.pem", authority),
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
            *further,
        ],
        middleware=[Middleware(Protection, names=tuple(names))],
    )


async def _health(domain: Domain) -> Response:
    """200 where every check passes, 503 with the reasons where one does not."""
    reasons = {name: await check() for name, check in domain.checks.items()}
    healthy = not any(reasons.values())
    document = {
        "status": "ok" if healthy else "failing",
        "checks": {name: reason or "ok" for name, reason in reasons.items()},
    }
    return JSONResponse(document, status_code=200 if healthy else 503)
