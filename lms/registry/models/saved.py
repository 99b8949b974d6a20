"""Filters of lists that an account keeps under a name."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.models.accounts import User


class SavedFilter(models.Model):
    """A view of one list (人员台账, 机构) as somebody wants to see it again: the part of the address behind "?"."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_filters", verbose_name=_("account"))
    #: The URL name of the list.
    place = models.CharField(pgettext_lazy("list", "place"), max_length=40)
    name = models.CharField(pgettext_lazy("filter", "name"), max_length=30)
    query = models.CharField(_("filter"), max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="one_saved_filter_per_name", fields=["user", "place", "name"])]

    def __str__(self) -> str:
        return self.name
