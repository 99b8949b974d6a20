"""The one kind of refusal in the house: a code for programs, a plain sentence for people."""

from django.utils.functional import Promise


class DomainError(Exception):
    """Something was refused for a reason a person can act on.

    `code` is stable and is what tests, the API and imports rely on; `message` is one plain sentence,
    translated when it is read; `context` holds what a page needs to say more (a rule and its source,
    a date, a figure). Neither may carry an ID number or a phone number.
    """

    def __init__(self, code: str, message: str | Promise, **context: object) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.context = context

    def __str__(self) -> str:
        return str(self.message)
