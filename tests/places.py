"""The administrative divisions that tests speak of; `tests.factories` hands them on."""

from typing import Any

from lms.registry.models import Authority, Level, Region

#: code: name, authority, its name. The parts of the tree that tests speak of.
REGIONS: dict[str, tuple[str, str, str]] = {
    "000000": ("中国", "", ""),
    "310000": ("上海市", Authority.EDUCATION, "上海市教育委员会"),
    "310100": ("市辖区", "", ""),
    "310117": ("松江区", Authority.EDUCATION, "上海市松江区教育局"),
    "310118": ("青浦区", Authority.EDUCATION, "上海市青浦区教育局"),
    "310120": ("奉贤区", Authority.EDUCATION, "上海市奉贤区教育局"),
    "330000": ("浙江省", Authority.HEALTH, "浙江省卫生健康委员会"),
    "330600": ("绍兴市", Authority.HEALTH, "绍兴市卫生健康委员会"),
    "330602": ("越城区", Authority.HEALTH, "绍兴市越城区卫生健康局"),
    "360000": ("江西省", Authority.HEALTH, "江西省卫生健康委员会"),
    "360400": ("九江市", Authority.HEALTH, "九江市卫生健康委员会"),
    "360404": ("柴桑区", Authority.HEALTH, "九江市柴桑区卫生健康委员会"),
}


def make_region(code: str = "310117", **kw: Any) -> Region:
    """The region of `code` with everything above it; one that `migrate` has loaded is used as it is."""
    found = Region.objects.filter(code=code).first()
    if found is not None:
        return found
    prefix = _prefix(code)
    name, authority, authority_name = REGIONS.get(code, (f"区划{code}", Authority.HEALTH, f"区划{code}卫生健康局"))
    levels = {0: Level.COUNTRY, 2: Level.PROVINCE, 4: Level.CITY, 6: Level.DISTRICT, 9: Level.STREET}
    above = {2: "000000", 4: f"{prefix[:2]}0000", 6: f"{prefix[:4]}00", 9: prefix[:6]}
    values: dict[str, Any] = {
        "prefix": prefix,
        "level": levels[len(prefix)],
        "name": name,
        "parent": make_region(above[len(prefix)]) if prefix else None,
        "authority": authority,
        "authority_name": authority_name,
    }
    return Region.objects.create(code=code, **(values | kw))


def _prefix(code: str) -> str:
    if len(code) == 9:
        return code
    return next((code[:length] for length in (0, 2, 4) if set(code[length:]) == {"0"}), code)


def songjiang() -> Region:
    return make_region("310117")


def qingpu() -> Region:
    return make_region("310118")


def yuecheng() -> Region:
    return make_region("330602")
