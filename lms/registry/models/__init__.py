"""Everything the registry keeps."""

from lms.registry.models.accounts import AUDIENCE_OF_ROLE, Membership, Role, User
from lms.registry.models.audit import AuditEntry, AuditHead
from lms.registry.models.bans import Ban, BanScope, ConductCase
from lms.registry.models.files import PrivateFile, Purpose
from lms.registry.models.imports import CertificateClaim, RosterUpload
from lms.registry.models.institutions import ClassType, Filing, Institution, InstitutionKind, TrainingCentre
from lms.registry.models.people import DocumentKind, IdentityDocument, Person, Sex
from lms.registry.models.posts import Post, PostKind, PostState
from lms.registry.models.regions import Authority, Level, Region

__all__ = [
    "AUDIENCE_OF_ROLE",
    "AuditEntry",
    "AuditHead",
    "Authority",
    "Ban",
    "BanScope",
    "CertificateClaim",
    "ClassType",
    "ConductCase",
    "DocumentKind",
    "Filing",
    "IdentityDocument",
    "Institution",
    "InstitutionKind",
    "Level",
    "Membership",
    "Person",
    "Post",
    "PostKind",
    "PostState",
    "PrivateFile",
    "Purpose",
    "Region",
    "Role",
    "RosterUpload",
    "Sex",
    "TrainingCentre",
    "User",
]
