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
from certification.models.qualifications import EXPIRED, Qualification, QualificationState
from certification.models.standards import (
    CertificateKind,
    HoldingRule,
    PolicyRow,
    PolicyStatus,
    TrainingStandard,
    Variant,
)

__all__ = [
    "EXPIRED",
    "Assessment",
    "Certificate",
    "CertificateEntry",
    "CertificateFile",
    "CertificateKind",
    "FailedLookup",
    "HoldingRule",
    "PolicyRow",
    "PolicyStatus",
    "Qualification",
    "QualificationState",
    "Revocation",
    "SerialCounter",
    "TrainingStandard",
    "Variant",
]
