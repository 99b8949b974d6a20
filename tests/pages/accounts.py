"""Addresses for whoever is signed in."""

from tests.pages.table import BUREAU, ROLELESS, SIGNED_IN, Page, job, pk

PAGES: dict[str, Page] = {
    "home_of_role": Page(SIGNED_IN, get=302, post=302, but=dict.fromkeys(ROLELESS, (403, 403))),
    "switch_membership": Page((), get=405, post=404, others=404, roleless=404),
    "password_change": Page(SIGNED_IN, post=200),
    "account": Page(SIGNED_IN),
    "account_confirm": Page(SIGNED_IN, post=200),
    "account_phone": Page(SIGNED_IN, post=200),
    # Nobody here has asked for a code, nor has a second factor.
    "account_phone_code": Page(SIGNED_IN, get=302, post=302),
    "account_devices_end": Page(SIGNED_IN, get=405, post=302),
    "second_factor": Page(SIGNED_IN, get=302, post=302),
    "second_factor_setup": Page(SIGNED_IN),
    "factor_totp": Page(SIGNED_IN, post=200),
    "factor_passkey": Page(SIGNED_IN, post=200),
    "factor_remove": Page((), get=405, post=404, others=404, roleless=404),
    "recovery_codes": Page(SIGNED_IN, get=302, post=302),
    "private_file": Page(BUREAU, at=lambda place: {"pk": place.ban.decision_id}, others=404),
    "notices": Page(SIGNED_IN, post=302, but=dict.fromkeys(ROLELESS, (403, 403))),
    "jobs": Page(SIGNED_IN),
    "job": Page(("officer",), at=job, others=404, roleless=404),
    "job_panel": Page(("officer",), at=job, others=404, roleless=404),
    "job_cancel": Page(("officer",), get=405, post=302, at=job, others=404, roleless=404),
    "certificate_pdf": Page(("learner", "manager", *BUREAU), at=pk("certificate"), others=404),
}
