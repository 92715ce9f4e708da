"""In the place of kubectl: Deployments in a file of the folder `CLUSTER`, whose pods change unless they are paused."""

import json
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["CLUSTER"])
STATE = FOLDER / "deployments.json"
Deployments = dict[str, dict[str, Any]]


def log(line: str) -> None:
    with (FOLDER / "log").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def get(deployments: Deployments, words: list[str]) -> None:
    match words:
        case ["deployments", *_]:
            sys.stdout.writelines(f"deployment.apps/{name}\n" for name in deployments)
        case ["deployment", name, "--output", "jsonpath={.spec.replicas}"]:
            sys.stdout.write(str(deployments[name]["replicas"]))
        case ["pods", "--selector", "app.kubernetes.io/name=jobs-command", *_]:
            running = [name for name in ("jobs-command", "jobs-command-workers") if deployments[name]["replicas"]]
            sys.stdout.writelines(f"pod/{name}\n" for name in running)
        case _:
            sys.exit(f"kubectl get {words}")


def scale(deployment: dict[str, Any], name: str, replicas: int) -> None:
    deployment["replicas"] = replicas
    if not replicas:
        log(f"ended {name}")
    elif deployment.get("new") and not deployment["paused"]:
        replace(deployment, name)


def replace(deployment: dict[str, Any], name: str) -> None:
    deployment["new"] = False
    log(f"replaced {name}")


def status(deployment: dict[str, Any], name: str) -> None:
    if deployment["paused"]:
        sys.exit(f"{name} is paused")
    if deployment.get("new"):
        replace(deployment, name)


def main(words: list[str]) -> None:
    deployments: Deployments = json.loads(STATE.read_bytes())
    match words:
        case ["apply", *_]:
            log("applied")
            for name, deployment in deployments.items():
                deployment["new"] = True
                if not deployment["paused"]:
                    replace(deployment, name)
        case ["--namespace", "california-gold", "get", *rest]:
            get(deployments, rest)
        case ["--namespace", "california-gold", "patch", "deployment", name, "--patch", patch]:
            deployments[name]["paused"] = json.loads(patch)["spec"]["paused"]
        case ["--namespace", "california-gold", "scale", "deployment", name, "--replicas", count]:
            scale(deployments[name], name, int(count))
        case ["--namespace", "california-gold", "rollout", "status", name, *_]:
            status(deployments[name.removeprefix("deployment/")], name.removeprefix("deployment/"))
        case ["--namespace", "california-gold", "delete", "job", "--selector", _, "--ignore-not-found"]:
            log("deleted jobs")
        case _:
            sys.exit(f"kubectl {words}")
    STATE.write_text(json.dumps(deployments), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
