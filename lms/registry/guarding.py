"""Triggers over leave, managers and classes; what a guard is stands in `guards`."""

from lms.registry.guards import AnyGuard, Guard

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
