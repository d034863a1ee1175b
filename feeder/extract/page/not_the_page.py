"""Pages that are not the page: consent walls, challenges, paywalls, errors with status 200, shells.

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
_SEVERAL = 3  # times
_BARE = 400  # characters, below which a page with scripts is a shell
_CHALLENGE = re.compile(
    r"just a moment|attention required|access denied|access to this page has been denied"
    r"|are you (?:a robot|human)"
    r"|verify(?:ing)? (?:that )?you are (?:a )?human|captcha|unusual (?:traffic|activity)"
    r"|checking your browser"
    r"|enable javascript and cookies|security check|bot (?:detection|protection)|request blocked"
    r"|pardon our interruption|zugriff verweigert|accès refusé|acceso denegado|accesso negato",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|we value your privacy|we care about your privacy"
    r"|your privacy (?:choices|matters"
    r"|is important)|accept (?:all|cookies|and continue)|consent to|manage (?:consent|cookies"
    r"|preferences)"
    r"|cookie[- ]?(?:consent|settings)|use of cookies|uses cookies|alle akzeptieren"
    r"|alles akzeptieren"
    r"|zustimmen und weiter|einwilligung|datenschutzeinstellung|tout accepter"
    r"|accepter et (?:continuer|fermer)"
    r"|votre vie privée|aceptar (?:todo|y continuar)|su privacidad|tu privacidad"
    r"|accetta (?:tutt[oi]|e continua)"
    r"|alles accepteren|cookies accepteren|akceptuję|zaakceptuj|godta alle|godkänn alla"
    r"|aceitar todos|принять все"
    r"|すべて同意",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"subscribe to (?:continue|read|keep reading)|subscribers? only|already a subscriber"
    r"|log ?in to (?:continue"
    r"|read)|sign in to (?:continue|read)|for subscribers|register to (?:continue|read)"
    r"|nur für abonnenten"
    r"|jetzt weiterlesen|réservé aux abonnés|solo para suscriptores|per abbonati|voor abonnees"
    r"|weiterlesen mit"
    r"|become a member to|create a free account to",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b(?:40[0134]|410|50[0234])\b.{0,40}(?:error|not found|unavailable|forbidden|bad|gateway)"
    r"|(?:page|seite"
    r"|página|pagina) (?:not found|nicht gefunden|no encontrada|non trovata|niet gevonden)"
    r"|not found"
    r"|internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out"
    r"|something went wrong|under maintenance|wartungsarbeiten|page (?:introuvable|isn.t available)"
    r"|an error (?:has )?occurred|application error|temporarily (?:down|offline)",
    re.IGNORECASE,
)
_SCRIPT = re.compile(
    r"(?:enable|activate|turn on|requires?|needs?|without) (?:your )?javascript"
    r"|javascript (?:is )?(?:disabled"
    r"|required|to run)|javascript (?:aktivieren|muss)|activer javascript|habilit[ae]r? javascript"
    r"|activar javascript",
    re.IGNORECASE,
)


def refusal(page: ParsedPage) -> ExtractError | None:
    """Why there is nothing to read here; None: no sign of any of it."""
    if page.form not in ("html", "text") or len(page.visible or page.text) > _LONG:
        return None
    if len(page.said) > SHORT:
        return None
    return _blocked(page) or _broken(page)


def _blocked(page: ParsedPage) -> ExtractError | None:
    if _CHALLENGE.search(_head(page)):
        return _refused("a challenge for browsers", "its owner can be asked to let feeder in")
    if _CONSENT.search(page.said) and not _shows_times(page):
        advice = "a cookie that says so can stand under [source.request]"
        return _refused("a consent page", advice)
    if _PAYWALL.search(page.said) or _paid(page):
        advice = "a login can stand under [source.request]"
        return _refused("a paywall or login page", advice)
    return None


def _refused(kind: str, advice: str) -> ExtractError:
    told = f"The site answered with {kind}, not with the page; {advice}."
    return ExtractError(told, state="blocked")


def _broken(page: ParsedPage) -> ExtractError | None:
    if _shows_times(page):
        return None
    if _ERROR.search(_head(page)):
        title = (page.title or page.said)[:80]
        return ExtractError(f"The site answered with an error page: {title!r}.")
    if _SCRIPT.search(page.said) or _is_shell(page):
        return ExtractError(
            "The page is empty until scripts run, which feeder does not do; "
            'the address of its data can be read instead (extract = "api").'
        )
    return None


def _head(page: ParsedPage) -> str:
    """What a page says first: its title and its first words."""
    return f"{page.title} {page.said[:300]}"


def _shows_times(page: ParsedPage) -> bool:
    """Whether it shows several times, and so is a page of its own, whatever a banner says."""
    return page.form == "html" and len(marks(page)) >= _SEVERAL


def _paid(page: ParsedPage) -> bool:
    """Whether structured data says that it is not free (schema.org isAccessibleForFree)."""
    return any(str(o.get("isAccessibleForFree")).lower() == "false" for o in objects(page.json_ld))


def _is_shell(page: ParsedPage) -> bool:
    """Whether it has hardly a word, but scripts that would bring them; data is no such script."""
    if len(page.said) >= _BARE or page.form != "html":
        return False
    scripts = page.text.lower().count("<script") - page.text.count("ld+json")
    return scripts > 0 and not marks(page)
