"""The read models whose progress other services may wait for. Their content is their owner's business."""

from chassis.ports.document_store import Collection

JOBS = Collection("jobs", keys=("owner_id", "number"), indexes=(("owner_id", "number"), ("number", "owner_id")))
"""Owned by jobs-query; a document is a job's JSON under the job's UUID, its revision that of `job-<uuid>`."""
