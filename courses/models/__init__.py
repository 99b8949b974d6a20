"""Everything about learning."""

from courses.models.courses import Bucket, Course, CourseKind
from courses.models.evaluations import Evaluation
from courses.models.hours import CLAIMED, HourCategory, HourClaim, HourClaimItem, HourEntry, Source, TrainingYear
from courses.models.invitations import Invitation, WaitingPlace
from courses.models.pages import CataloguePage, CoursePage, HomePage
from courses.models.presence import (
    AttendanceCorrection,
    AttendanceRule,
    CorrectionProposal,
    Excuse,
    Late,
    Scan,
    SessionPaper,
)
from courses.models.reviews import Anomaly, AuditSample, DetectorRule, Pattern, SampledSession
from courses.models.rooms import Room, Trainer
from courses.models.runs import (
    NOT_THERE,
    Attendance,
    AttendanceState,
    CourseRun,
    Enrollment,
    EnrollmentSource,
    EnrollmentState,
    Less,
    RunState,
    Session,
    SessionAct,
    SessionShare,
    Way,
)

__all__ = [
    "CLAIMED",
    "NOT_THERE",
    "Anomaly",
    "Attendance",
    "AttendanceCorrection",
    "AttendanceRule",
    "AttendanceState",
    "AuditSample",
    "Bucket",
    "CataloguePage",
    "CorrectionProposal",
    "Course",
    "CourseKind",
    "CoursePage",
    "CourseRun",
    "DetectorRule",
    "Enrollment",
    "EnrollmentSource",
    "EnrollmentState",
    "Evaluation",
    "Excuse",
    "HomePage",
    "HourCategory",
    "HourClaim",
    "HourClaimItem",
    "HourEntry",
    "Invitation",
    "Late",
    "Less",
    "Pattern",
    "Room",
    "RunState",
    "SampledSession",
    "Scan",
    "Session",
    "SessionAct",
    "SessionPaper",
    "SessionShare",
    "Source",
    "Trainer",
    "TrainingYear",
    "WaitingPlace",
    "Way",
]
