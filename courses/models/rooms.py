"""Where a centre teaches and who teaches there."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.registry.models import Person, TrainingCentre


class Room(models.Model):
    """A room of a centre. Its position lets a scan from far away be flagged; without one nothing is flagged."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    centre = models.ForeignKey(TrainingCentre, models.PROTECT, related_name="rooms", verbose_name=_("training centre"))
    name = models.CharField(_("name"), max_length=60)
    address = models.CharField(_("address"), max_length=120, blank=True)
    seats = models.PositiveSmallIntegerField(_("seats"))
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(name="one_room_per_centre_and_name", fields=["centre", "name"]),
            models.CheckConstraint(name="room_has_seats", condition=Q(seats__gte=1)),
            models.CheckConstraint(
                name="room_position_is_whole",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Trainer(models.Model):
    """Who teaches at a centre (Q485-487). Linked to her record she can't attend what she teaches herself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    centre = models.ForeignKey(
        TrainingCentre, models.PROTECT, related_name="trainers", verbose_name=_("training centre")
    )
    name = models.CharField(_("name"), max_length=60)
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("her record")
    )
    subjects = models.CharField(_("what she teaches"), max_length=200, blank=True)
    active = models.BooleanField(_("teaches now"), default=True)

    class Meta:
        verbose_name = _("trainer")
        verbose_name_plural = _("trainers")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(name="one_trainer_per_centre_and_name", fields=["centre", "name"]),
            models.UniqueConstraint(
                name="one_trainer_per_centre_and_person", fields=["centre", "person"], condition=Q(person__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name
