"""Pages that are not the page: consent walls, challenges, paywalls, errors with status 200, shells without scripts.

Only asked about pages on which nothing was found, or next to nothing, so words may be weak
evidence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feeder.errors import ExtractError
from feeder.extract.inferred.time_marks import marks
from feeder.extract.stated.jsonld import objects

if TYPE_CHECKING:
    from feeder.extract.page.parsed_page import ParsedPage

SHORT = 6_000  # characters of visible text; what has more is a page of its own
_LONG = 200_000  # characters of markup; a refusal is shorter
_BARE = 400  # characters, below which a page with scripts is a shell
_CHALLENGE = re.compile(
    r"just a moment|attention required|access denied|access to this page has been denied|are you (?:a robot|human)"
    r"|verify(?:ing)? (?:that )?you are (?:a )?human|captcha|unusual (?:traffic|activity)|checking your browser"
    r"|enable javascript and cookies|security check|bot (?:detection|protection)|request blocked"
    r"|pardon our interruption|zugriff verweigert|accès refusé|acceso denegado|accesso negato",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|we value your privacy|we care about your privacy|your privacy (?:choices|matters"
    r"|is important)|accept (?:all|cookies|and continue)|consent to|manage (?:consent|cookies|preferences)"
    r"|cookie[- ]?(?:consent|settings)|use of cookies|uses cookies|alle akzeptieren|alles akzeptieren"
    r"|zustimmen und weiter|einwilligung|datenschutzeinstellung|tout accepter|accepter et (?:continuer|fermer)"
    r"|votre vie privée|aceptar (?:todo|y continuar)|su privacidad|tu privacidad|accetta (?:tutt[oi]|e continua)"
    r"|alles accepteren|cookies accepteren|akceptuję|zaakceptuj|godta alle|godkänn alla|aceitar todos|принять все"
    r"|すべて同意",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"subscribe to (?:continue|read|keep reading)|subscribers? only|already a subscriber|log ?in to (?:continue"
    r"|read)|sign in to (?:continue|read)|for subscribers|register to (?:continue|read)|nur für abonnenten"
    r"|jetzt weiterlesen|réservé aux abonnés|solo para suscriptores|per abbonati|voor abonnees|weiterlesen mit"
    r"|become a member to|create a free account to",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b(?:40[0134]|410|50[0234])\b.{0,40}(?:error|not found|unavailable|forbidden|bad|gateway)|(?:page|seite"
    r"|página|pagina) (?:not found|nicht gefunden|no encontrada|non trovata|niet gevonden)|not found"
    r"|internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out"
    r"|something went wrong|under maintenance|wartungsarbeiten|page (?:introuvable|isn.t available)"
    r"|an error (?:has )?occurred|application error|temporarily (?:down|offline)",
    re.IGNORECASE,
)
_SCRIPT = re.compile(
    r"(?:enable|activate|turn on|requires?|needs?|without) (?:your )?javascript|javascript (?:is )?(?:disabled"
    r"|required|to run)|javascript (?:aktivieren|muss)|activer javascript|habilit[ae]r? javascript"
    r"|activar javascript",
    re.IGNORECASE,
)


def refusal(page: ParsedPage) -> ExtractError | None:
    """Why there is nothing to read here; None: no sign of any of it."""
    if page.form not in ("html", "text") or len(page.visible or page.text) > _LONG:
        return None
    return _refusal(page, page.said) if len(page.said) <= SHORT else None


def _refusal(page: ParsedPage, text: str) -> ExtractError | None:
    head = f"{page.title} {text[:300]}"
    kinds = (
        (
            "a challenge for browsers",
            _CHALLENGE.search(head),
            "its owner can be asked to let feeder in",
        ),
        (
            "a consent page",
            _CONSENT.search(text),
            "a cookie that says so can stand under [source.request]",
        ),
        (
            "a paywall or login page",
            _PAYWALL.search(text) or _paid(page),
            "a login can stand under [source.request]",
        ),
    )
    for kind, sign, advice in kinds:
        if sign:
            return ExtractError(
                f"The site answered with {kind}, not with the page; {advice}.", state="blocked"
            )
    if _ERROR.search(head):
        return ExtractError(f"The site answered with an error page: {(page.title or text)[:80]!r}.")
    if _SCRIPT.search(text) or _shell(page, text):
        return ExtractError(
            "The page is empty until scripts run: it needs script, which feeder does not run; "
            'the address of its data can be read instead (extract = "api").'
        )
    return None


def _paid(page: ParsedPage) -> bool:
    """What structured data says of it (schema.org isAccessibleForFree)."""
    return any(str(o.get("isAccessibleForFree")).lower() == "false" for o in objects(page.json_ld))


def _shell(page: ParsedPage, text: str) -> bool:
    """Hardly a word and no time, but scripts that would bring them; data for search engines is no such script."""
    if (
        len(text) >= _BARE
        or page.form != "html"
        or page.text.lower().count("<script") <= page.text.count("ld+json")
    ):
        return False
    return not marks(page.outline)
