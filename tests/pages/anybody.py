"""Addresses for everybody."""

from tests.pages.table import EVERYBODY, Page

PAGES: dict[str, Page] = {
    "healthz": Page(EVERYBODY, post=200),
    "readyz": Page(EVERYBODY, post=200),
    "set_language": Page(EVERYBODY, get=302, post=302),
    "sign_in": Page(EVERYBODY, get=302, post=302, but={"visitor": (200, 200)}),
    "sign_out": Page(EVERYBODY, get=405, post=302),
    "sign_in_by_code": Page(EVERYBODY, get=302, post=302, but={"visitor": (200, 200)}),
    "sign_in_code": Page(EVERYBODY, get=302, post=302),
    "activate": Page(EVERYBODY, get=302, post=302, but={"visitor": (200, 200)}),
    "activate_code": Page(EVERYBODY, get=302, post=302),
    "activate_password": Page(EVERYBODY, get=302, post=302),
    "verify_form": Page(EVERYBODY, post=422),
    "verify": Page(EVERYBODY, at=lambda place: {"serial": place.certificate.serial}),
    "styleguide": Page(EVERYBODY, get=404, post=404),
    "styleguide_job": Page(EVERYBODY, get=404, post=404),
    "styleguide_row": Page(EVERYBODY, get=404, post=404, at=lambda place: {"number": 1}),
    "styleguide_error": Page(EVERYBODY, get=404, post=404, at=lambda place: {"code": "404"}),
}
