"""Yuzheng, the platform. Importing it makes our Celery application the current one in every process."""

from lms.celery import app as celery_app

__all__ = ["celery_app"]
