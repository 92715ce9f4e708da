"""The cycle of the API document with a client generated from it; runs beside the package `client`.

Usage: python generated_client_cycle.py URL ARCHIVE USERNAME PASSWORD
"""
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import json
import sys
import time
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from client import AuthenticatedClient, Client
from client.api.аутентификация import log_in, register_user
from client.api.задания import create_job, get_job, get_job_results
from client.models import CreateJobBody, LoginBody, RegisterBody
from client.types import File

_DEADLINE_SECONDS = 200.0


def main(url: str, archive: str, username: str, password: str) -> None:
    """Register, log in, submit a job, wait for its end, print the number of lesions."""
    stranger = Client(base_url=url)
    register_user.sync(client=stranger, body=RegisterBody(username=username, password=password))
    token = log_in.sync(client=stranger, body=LoginBody(username=username, password=password)).access_token
    client = AuthenticatedClient(base_url=url, token=token)
    upload = File(BytesIO(Path(archive).read_bytes()), file_name="chest.zip", mime_type="application/zip")
    job = create_job.sync(client=client, body=CreateJobBody(file=upload))
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while get_job.sync(str(job.id), client=client).status not in ("completed", "failed"):
        if time.monotonic() > deadline:
            sys.exit("the job did not end")
        time.sleep(0.2)
    results = get_job_results.sync(str(job.id), client=client).results.to_dict()
    sys.stdout.write(json.dumps({"lesions": results["summary"]["lesions_count"]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
