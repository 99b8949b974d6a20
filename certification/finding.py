"""Finding certificates as people look for them: by a part of a name, or by how a number begins."""

from django.db.models import Q

from certification.models import Certificate
from certification.numbering import LONGEST, SHAPE, normalise
from lms.registry.naming import called
from lms.registry.searching import is_number, named


def certificates_with(text: str) -> Q:
    """The condition that a certificate of ours bears `text`: the name on it, a name of its holder, or its serial."""
    if is_number(text):
        return Q(serial__startswith=_serial(text))
    on_it = Certificate.objects.filter(named(text, "holder_name")).order_by().values("pk")
    hers = Certificate.objects.filter(person__in=called(text)).order_by().values("pk")
    # Two searches and not one with an "or", which would have no index to go by.
    return Q(pk__in=on_it.union(hers))


def qualifications_with(text: str) -> Q:
    """The condition that a certificate from outside bears `text`: a name of its holder, or its number."""
    if is_number(text):
        return Q(number__startswith=text) | Q(number__startswith=text.upper())
    return Q(person__in=called(text))


def _serial(text: str) -> str:
    """A whole serial however it was typed, or the beginning of one as it was."""
    whole = normalise(text)
    return whole if SHAPE.fullmatch(whole.replace("-", "")) else text.strip().upper()[:LONGEST]
