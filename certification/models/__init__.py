"""Everything about entitlement."""

from certification.models.assessments import Assessment
from certification.models.certificates import (
    Certificate,
    CertificateEntry,
    CertificateFile,
    FailedLookup,
    Revocation,
    SerialCounter,
)
from certification.models.entries import OPEN_ENTRY, EntryCheck, EntryReview, EntryState
from certification.models.qualifications import EXPIRED, Qualification, QualificationState
from certification.models.standards import (
    CertificateKind,
    CheckKind,
    CheckRule,
    ClassNorm,
    HoldingRule,
    TrainingStandard,
    Variant,
    YearKind,
)

__all__ = [
    "EXPIRED",
    "OPEN_ENTRY",
    "Assessment",
    "Certificate",
    "CertificateEntry",
    "CertificateFile",
    "CertificateKind",
    "CheckKind",
    "CheckRule",
    "ClassNorm",
    "EntryCheck",
    "EntryReview",
    "EntryState",
    "FailedLookup",
    "HoldingRule",
    "Qualification",
    "QualificationState",
    "Revocation",
    "SerialCounter",
    "TrainingStandard",
    "Variant",
    "YearKind",
]
