"""One plain sentence per code a roster answer may carry; translated when it is read.

The codes are those of the roster contract and live here so that a page, the API and the import
command say the same. No sentence carries a value: an ID number or a phone must not leak into one.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.jobs.errors import DomainError

MESSAGES: dict[str, Promise] = {
    # The whole file is refused.
    "file_empty": _("The file is empty."),
    "file_too_large": _("The file is too large. Split it, or delete empty rows and columns around the table."),
    "file_encrypted": _("The file is protected by a password. Remove the password and upload it again."),
    "file_has_macro": _("The file contains macros. Save it as a plain workbook (.xlsx) and upload it again."),
    "file_not_roster": _("This is not a roster: no header row with name and ID number was found in it."),
    "file_unreadable": _("The file is damaged and can't be read. Save it anew and upload it again."),
    # A row is rejected.
    "id_digits_lost": _("The ID number was typed as a number and lost digits. Format the cell as text, type it anew."),
    "id_length": _("The ID number is missing or has the wrong length for its kind of document."),
    "id_check_digit": _("The last character of the ID number doesn't fit the others: it was mistyped."),
    "id_birth_date": _("The birth date inside the ID number doesn't exist or lies in the future."),
    "id_type_unknown": _("This kind of document isn't accepted, or the number fits no known document."),
    "name_missing": _("The name is missing."),
    "name_too_long": _("The name is longer than 100 characters."),
    "date_unreadable": _("The date can't be read or doesn't exist. Write it as year-month-day, like 2024-03-05."),
    "post_unknown": _("The post is missing or unknown. Use a post of the list, like 保育员."),
    "uscc_invalid": _("The unified social credit code is wrong: 18 characters with a fitting last one are needed."),
    "institution_unknown": _("No such institution here. A new one needs its name and a valid credit code."),
    "person_barred": _("This person is barred from working with young children."),
    "institution_closed": _("This institution is suspended or closed: nobody new comes on post."),
    # A row is held: nothing of it is written until somebody has looked.
    "id_held_near_match": _("Name and birth date are those of a barred person. Held until the document is checked."),
    # A row is accepted, with a remark.
    "id_15_converted": _("The old 15-digit ID number was converted to 18 digits."),
    "region_code_unknown": _("The first six digits of the ID number are no known district. Check the number."),
    "sex_mismatch": _("The sex differs from the ID number, which was followed."),
    "birth_mismatch": _("The birth date differs from the ID number, which was followed."),
    "phone_unreadable": _("The phone number can't be read and was left out."),
    "uscc_repaired": _("The unified social credit code had a letter in place of a digit and was corrected."),
    "institution_region_differs": _(
        "The credit code was given in another district. Check where the institution belongs."
    ),
    "level_unreadable": _("The certificate level can't be read and was left out."),
    "certificate_number_shared": _("Fewer certificate numbers than certificates: check which number is whose."),
    "contract_unreadable": _("The end of the contract can't be read and was left out. Write it as a date."),
    "validity_unreadable": _("How long the document is valid can't be read and was left out."),
    "document_expired": _("The document has expired."),
    "nationality_unknown": _("The nationality is no known country and was left out."),
    "text_shortened": _("The text is too long and was shortened."),
    "duplicate_in_file": _("The same person at the same institution stands in an earlier row."),
    "name_differs": _("The same ID number is known under another name, which was kept."),
    "glyph_missing": _("The fonts of the certificates lack this character of the name. Tell the platform's operator."),
    "post_ended": _("This post has ended already, so the row was left alone."),
}


def refuse(code: str, **context: object) -> DomainError:
    """The DomainError of `code` with its standing sentence."""
    return DomainError(code, MESSAGES[code], **context)
