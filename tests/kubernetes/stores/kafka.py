"""The start of a Kafka container: as in Kafka's own image, each variable `KAFKA_A_B` is the property `a.b`."""

import os
import subprocess
from pathlib import Path

_JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-cp", "/opt/kafka/*")
_PROPERTIES = Path("/tmp/server.properties")
_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"


def main() -> None:
    """Write the properties, format the storage once, and become the broker."""
    variables = {name: value for name, value in os.environ.items() if name.startswith("KAFKA_")}
    properties = {name[6:].lower().replace("_", "."): value for name, value in variables.items()}
    _PROPERTIES.write_text("".join(f"{name}={value}\n" for name, value in properties.items()), encoding="utf-8")
    tool = ("kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", _CLUSTER, "-c", str(_PROPERTIES))
    subprocess.run([*_JAVA, *tool], check=True)
    os.execvp(_JAVA[0], [*_JAVA, "kafka.Kafka", str(_PROPERTIES)])


main()
