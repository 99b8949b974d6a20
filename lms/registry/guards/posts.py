"""Guards around posts: who may come on one, her leave, manager and classes."""

from lms.registry.guards.bans import BANNED, handed_over
from lms.registry.guards.triggers import AnyGuard, Guard

#: A ban stands on NEW's person, and the post reaches beyond the ban's confirmation. A spell that was
#: over by then may still be recorded late: it puts nobody on a post.
BARRED_FROM_POST = (
    BANNED.format(person="NEW.person_id").removesuffix(")")
    + " AND (NEW.ended_on IS NULL OR NEW.ended_on > b.confirmed_at))"
)
#: An update that gives more of a post: another place, another kind, back to work, a longer spell.
MORE_OF_POST = (
    "NEW.institution_id <> OLD.institution_id OR NEW.kind <> OLD.kind OR NEW.started_on < OLD.started_on"
    " OR (NEW.state <> OLD.state AND NEW.state IN ('on_post', 'probation'))"
    " OR (OLD.ended_on IS NOT NULL AND (NEW.ended_on IS NULL OR NEW.ended_on > OLD.ended_on))"
)

#: An open post where nobody new comes on post. A spell that is over may still be recorded late.
TAKES_NOBODY = (
    "NEW.ended_on IS NULL AND EXISTS (SELECT 1 FROM registry_institution i WHERE i.id = NEW.institution_id"
    " AND i.filing IN ('suspended', 'closed'))"
)

_FAR = "'9999-12-31'"
_OVERLAPPING = (
    f"NEW.started_on < COALESCE(NEW.ended_on, {_FAR}) AND EXISTS (SELECT 1 FROM registry_leave l"
    f" WHERE l.post_id = NEW.post_id AND l.id <> NEW.id AND l.started_on < COALESCE(l.ended_on, {_FAR})"
    f" AND l.started_on < COALESCE(NEW.ended_on, {_FAR}) AND NEW.started_on < COALESCE(l.ended_on, {_FAR}))"
)
_OUTSIDE_POST = "EXISTS (SELECT 1 FROM registry_post p WHERE p.id = NEW.post_id AND p.started_on > NEW.started_on)"
#: A manager of another institution, or the person herself in another post.
_UNFIT_MANAGER = (
    "NEW.manager_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM registry_post m WHERE m.id = NEW.manager_id"
    " AND m.institution_id = NEW.institution_id AND m.person_id <> NEW.person_id)"
)
_FOREIGN_CLASS = (
    "NOT EXISTS (SELECT 1 FROM registry_classgroup g JOIN registry_post p ON p.institution_id = g.institution_id"
    " WHERE g.id = NEW.group_id AND p.id = NEW.post_id)"
)

GUARDS: list[AnyGuard] = [
    Guard(
        "guard_registry_post_insert",
        "registry_post",
        "INSERT",
        BARRED_FROM_POST,
        "person_barred",
        person="NEW.person_id",
    ),
    handed_over("registry_post"),
    Guard(
        "guard_registry_post_place",
        "registry_post",
        "INSERT",
        TAKES_NOBODY,
        "institution_closed",
        institution="NEW.institution_id",
    ),
    Guard(
        "guard_registry_post_again",
        "registry_post",
        "UPDATE OF institution_id, ended_on",
        f"(NEW.institution_id <> OLD.institution_id OR OLD.ended_on IS NOT NULL) AND {TAKES_NOBODY}",
        "institution_closed",
        institution="NEW.institution_id",
    ),
    Guard(
        "guard_registry_post_more",
        "registry_post",
        "UPDATE OF institution_id, kind, state, started_on, ended_on",
        f"({MORE_OF_POST}) AND {BARRED_FROM_POST}",
        "person_barred",
        person="NEW.person_id",
    ),
    *(
        Guard(f"guard_registry_leave_{code}_{event.split()[0].lower()}", "registry_leave", event, condition, code)
        for event in ("INSERT", "UPDATE OF post_id, started_on, ended_on")
        for condition, code in ((_OVERLAPPING, "leave_overlaps"), (_OUTSIDE_POST, "leave_dates"))
    ),
    # Leave lowers the hours of a year: a wrong one is corrected, and the audit trail keeps what it said.
    Guard("guard_registry_leave_delete", "registry_leave", "DELETE", "1 = 1", "append_only"),
    # No list and no shell brings somebody back whose suspension stands.
    Guard(
        "guard_registry_post_suspended",
        "registry_post",
        "UPDATE OF state",
        "OLD.state = 'suspended' AND NEW.state NOT IN ('suspended', 'left') AND EXISTS (SELECT 1 FROM registry_leave l"
        " WHERE l.post_id = NEW.id AND l.kind = 'suspension' AND l.ended_on IS NULL)",
        "suspension_stands",
    ),
    Guard("guard_registry_post_managed_insert", "registry_post", "INSERT", _UNFIT_MANAGER, "manager_unfit"),
    Guard(
        "guard_registry_post_managed_update",
        "registry_post",
        "UPDATE OF manager_id",
        _UNFIT_MANAGER,
        "manager_unfit",
    ),
    *(
        Guard(
            f"guard_registry_classduty_{event.split()[0].lower()}",
            "registry_classduty",
            event,
            _FOREIGN_CLASS,
            "class_elsewhere",
        )
        for event in ("INSERT", "UPDATE OF group_id, post_id")
    ),
]
