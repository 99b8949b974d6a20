"""What a centre teaches with: its rooms and its trainers. They are taken out of use, never deleted."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from courses.errors import barred, refuse
from courses.models import Room, Trainer
from courses.scheduling import By, standing
from lms.registry import auditing
from lms.registry.models import Ban, Person, TrainingCentre

Position = tuple[Decimal, Decimal]


@transaction.atomic
def keep_room(
    *,
    by: By,
    centre: TrainingCentre,
    name: str,
    seats: int,
    address: str = "",
    position: Position | None = None,
    room: Room | None = None,
) -> Room:
    """A new room, or another name, number of seats, address or position (latitude, longitude) of `room`.

    Refuses `name_taken`.
    """
    others = Room.objects.filter(centre=centre, name=name)
    if (others.exclude(pk=room.pk) if room else others).exists():
        raise refuse("name_taken")
    before = _room_words(room) if room else None
    room = room or Room(centre=centre)
    room.name, room.seats, room.address = name, seats, address
    room.latitude, room.longitude = position or (None, None)
    room.save()
    auditing.record(by, "change_room" if before else "add_room", room, before=before, after=_room_words(room))
    return room


@transaction.atomic
def keep_trainer(
    *,
    by: By,
    centre: TrainingCentre,
    name: str,
    subjects: str = "",
    person: Person | None = None,
    trainer: Trainer | None = None,
) -> Trainer:
    """A new trainer, or other facts of `trainer`; linked to her record she can't attend her own sessions.

    Refuses `name_taken`, also when the person is another trainer of this centre; `person_barred`.
    """
    others = Trainer.objects.filter(centre=centre)
    if trainer:
        others = others.exclude(pk=trainer.pk)
    if others.filter(name=name).exists() or (person and others.filter(person=person).exists()):
        raise refuse("name_taken")
    if person and Ban.objects.standing().filter(person=person).exists():
        raise barred(person=person.name)
    before = _trainer_words(trainer) if trainer else None
    trainer = trainer or Trainer(centre=centre)
    trainer.name, trainer.subjects, trainer.person = name, subjects, person
    trainer.save()
    action = "change_trainer" if before else "add_trainer"
    auditing.record(by, action, trainer, before=before, after=_trainer_words(trainer))
    return trainer


@transaction.atomic
def set_in_use(*, by: By, what: Room | Trainer, active: bool) -> None:
    """Take a room or trainer out of use, or back into it. Refuses `in_use` while sessions there lie ahead."""
    what = type(what).objects.select_for_update().get(pk=what.pk)
    if not active and standing().filter(pk__in=what.sessions.values("pk"), ends_at__gt=timezone.now()).exists():
        raise refuse("in_use")
    before, what.active = what.active, active
    what.save(update_fields=["active"])
    auditing.record(by, "set_in_use", what, before={"active": before}, after={"active": active})


def _room_words(room: Room) -> dict[str, object]:
    return {
        "name": room.name,
        "seats": room.seats,
        "address": room.address,
        "position": f"{room.latitude} {room.longitude}" if room.latitude is not None else "",
    }


def _trainer_words(trainer: Trainer) -> dict[str, object]:
    person = str(trainer.person_id) if trainer.person_id else None
    return {"name": trainer.name, "subjects": trainer.subjects, "person": person}
