"""Everything the registry keeps."""

from lms.registry.models.accounts import AUDIENCE_OF_ROLE, AccountPhone, Membership, Role, User
from lms.registry.models.audit import AuditEntry, AuditHead
from lms.registry.models.bans import Ban, BanScope, ConductCase
from lms.registry.models.classes import ClassCount, ClassDuty, ClassGroup
from lms.registry.models.files import PrivateFile, Purpose
from lms.registry.models.imports import CertificateClaim, RosterChange, RosterUpload
from lms.registry.models.institutions import ClassType, Filing, FilingAct, Institution, InstitutionKind, TrainingCentre
from lms.registry.models.notices import Notice
from lms.registry.models.people import DocumentKind, IdentityDocument, Person, Sex
from lms.registry.models.policies import PolicyRow, PolicyStatus
from lms.registry.models.posts import (
    Employment,
    EmploymentNote,
    Leave,
    LeaveKind,
    NoteKind,
    Post,
    PostKind,
    PostState,
)
from lms.registry.models.privacy import (
    Answer,
    CorrectionRequest,
    EmploymentQuery,
    Erasure,
    ErasureProposal,
    RetentionPeriod,
)
from lms.registry.models.regions import Authority, Level, Region
from lms.registry.models.sameness import Likeness, NameChange, PersonMerge, PossibleDuplicate
from lms.registry.models.saved import SavedFilter
from lms.registry.models.sessions import CodePurpose, OpenSession, PhoneCode, Try

__all__ = [
    "AUDIENCE_OF_ROLE",
    "AccountPhone",
    "Answer",
    "AuditEntry",
    "AuditHead",
    "Authority",
    "Ban",
    "BanScope",
    "CertificateClaim",
    "ClassCount",
    "ClassDuty",
    "ClassGroup",
    "ClassType",
    "CodePurpose",
    "ConductCase",
    "CorrectionRequest",
    "DocumentKind",
    "Employment",
    "EmploymentNote",
    "EmploymentQuery",
    "Erasure",
    "ErasureProposal",
    "Filing",
    "FilingAct",
    "IdentityDocument",
    "Institution",
    "InstitutionKind",
    "Leave",
    "LeaveKind",
    "Level",
    "Likeness",
    "Membership",
    "NameChange",
    "NoteKind",
    "Notice",
    "OpenSession",
    "Person",
    "PersonMerge",
    "PhoneCode",
    "PolicyRow",
    "PolicyStatus",
    "PossibleDuplicate",
    "Post",
    "PostKind",
    "PostState",
    "PrivateFile",
    "Purpose",
    "Region",
    "RetentionPeriod",
    "Role",
    "RosterChange",
    "RosterUpload",
    "SavedFilter",
    "Sex",
    "TrainingCentre",
    "Try",
    "User",
]
