"""Processes of analyses: children of a template, which is a child of the test's own process."""

import sys

import psutil

TEMPLATE = "isolation.template"
_IMPORTS = """import json, os, resource, signal, sys, time
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.isolation.template import serve
from chassis.commands.message import Message
"""
Program = tuple[str, ...]


def template_program(work: str, before: str = "") -> Program:
    """Return the command of a template whose children do this work instead of an analysis.

    `work` are statements of `work(request, report)`, `before` those that the template executes before it serves.
    """
    body = "".join(f"    {line}\n" for line in work.splitlines())
    source = f"{_IMPORTS}{before}\ndef work(request, report):\n{body}serve(lambda: work)\n"
    return (sys.executable, "-I", "-c", source)


def templates(words: str = TEMPLATE) -> list[psutil.Process]:
    """Return the running templates whose command line contains ``words``; one that has ended has no command line."""
    return [child for child in psutil.Process().children() if words in _command_line(child)]


def analyses(words: str = TEMPLATE) -> list[psutil.Process]:
    """Return the running children of these templates."""
    return [child for template in templates(words) for child in _children(template)]


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def _command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
