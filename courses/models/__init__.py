"""Everything about learning."""

from courses.models.courses import Bucket, Course, CourseKind
from courses.models.hours import HourEntry, Source, TrainingYear
from courses.models.pages import CataloguePage, CoursePage, HomePage
from courses.models.runs import (
    Attendance,
    AttendanceCorrection,
    AttendanceState,
    CourseRun,
    Enrollment,
    EnrollmentSource,
    EnrollmentState,
    RunState,
    Session,
)

__all__ = [
    "Attendance",
    "AttendanceCorrection",
    "AttendanceState",
    "Bucket",
    "CataloguePage",
    "Course",
    "CourseKind",
    "CoursePage",
    "CourseRun",
    "Enrollment",
    "EnrollmentSource",
    "EnrollmentState",
    "HomePage",
    "HourEntry",
    "RunState",
    "Session",
    "Source",
    "TrainingYear",
]
