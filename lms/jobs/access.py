"""The only way from a page to a job: what an account started, it may see and stop; others get a 404."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from lms.jobs.models import Job, JobQuerySet


def jobs_for(user: AbstractBaseUser | AnonymousUser) -> JobQuerySet:
    return Job.objects.owned_by(user.pk)


def job_for(user: AbstractBaseUser | AnonymousUser, job_id: uuid.UUID) -> Job:
    job = jobs_for(user).filter(pk=job_id).first()
    if job is None:
        raise Http404("No such job of this account")
    return job
