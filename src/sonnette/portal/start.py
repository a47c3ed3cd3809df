"""The start page: how to connect a Linphone app to this domain."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from sonnette.base.language import Catalogue, catalogue, from_accept
from sonnette.portal.domain import Account, Domain

LANGUAGES = ("en", "fr")
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Card:
    """One demonstration account as the page shows it."""

    account: Account
    link: str
    code: Markup


def start_page(domain: Domain, request: Request) -> HTMLResponse:
    """The page in the reader's language."""
    say = _catalogue(_language(request))
    page = _PAGES.get_template("start.html").render(
        say=say,
        other="en" if say.language == "fr" else "fr",
        domain=domain,
        cards=[_card(domain, account) for account in domain.accounts],
        is_local=domain.web.partition("://")[2].startswith(("127.", "[::1]", "localhost")),
    )
    headers = {"Content-Language": say.language, "Vary": "Accept-Language"}
    return HTMLResponse(page, headers=headers)


def _language(request: Request) -> str:
    chosen = request.query_params.get("lang", "")
    if chosen in LANGUAGES:
        return chosen
    return from_accept(request.headers.get("accept-language", ""), LANGUAGES)


@cache
def _catalogue(language: str) -> Catalogue:
    return catalogue("sonnette.portal", language)


def _card(domain: Domain, account: Account) -> Card:
    link = domain.provisioning(account)
    drawing = segno.make(link, error="m", micro=False).svg_inline(
        border=4, dark="#1c1917", light="#ffffff", omitsize=True, svgclass="code", lineclass=None
    )
    return Card(account, link, Markup(drawing))  # noqa: S704  segno escapes what it draws
