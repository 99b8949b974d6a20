"""Guessing what kind of institution a roster names, to be put right by the bureau when it is filed."""

from lms.registry.models import InstitutionKind

#: What an institution's name tells about its kind; the first word found counts.
KIND_WORDS = (
    ("幼儿园", InstitutionKind.KINDERGARTEN),
    ("宝宝屋", InstitutionKind.COMMUNITY),
    ("驿站", InstitutionKind.COMMUNITY),
    ("社区", InstitutionKind.COMMUNITY),
    ("医院", InstitutionKind.HOSPITAL),
    ("卫生服务中心", InstitutionKind.HOSPITAL),
    ("保健院", InstitutionKind.HOSPITAL),
    ("家庭托育", InstitutionKind.FAMILY),
)
#: Else the registrar in its credit code does (GB 32100): public bodies, social organisations, companies.
KIND_OF_REGISTRAR = {"1": InstitutionKind.PUBLIC, "5": InstitutionKind.NON_PROFIT, "9": InstitutionKind.PROFIT}


def guess_kind(name: str, uscc: str) -> InstitutionKind:
    """The likely kind of an institution, by its name, else by who registered it."""
    by_name = next((kind for word, kind in KIND_WORDS if word in name), None)
    return by_name or KIND_OF_REGISTRAR.get(uscc[0], InstitutionKind.NON_PROFIT)
