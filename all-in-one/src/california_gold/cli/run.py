"""`california-gold serve`, `settings`, `version` and `analyze`."""

import typer


def serve() -> None:
    """Serve the API and analyse uploads, until Ctrl-C or SIGTERM."""
    from california_gold.operations.serving import serve

    serve()


def settings() -> None:
    """List every setting with its current value and meaning."""
    from california_gold.operations.settings_table import print_settings

    print_settings()


def version() -> None:
    """Print the version."""
    from importlib.metadata import version

    typer.echo(version("california-gold"))


def analyze(context: typer.Context) -> None:
    """Find and measure lesions in the images of one study, without a server."""
    from analyzer.entrypoints.cli import analyze

    analyzer = typer.Typer(add_completion=False)
    analyzer.command()(analyze)
    analyzer(context.args, prog_name="california-gold analyze")
