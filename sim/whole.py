"""A file written whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Put the bytes in a file's place in one step; what was there stays until then, and where that fails.

    The hidden file has a short name of its own, so that a name as long as the system allows can be written.
    Raises OSError.
    """
    handle, name = tempfile.mkstemp(prefix=".chipgate-", dir=path.parent)
    os.close(handle)
    hidden = Path(name)
    try:
        hidden.write_bytes(data)
        hidden.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        hidden.replace(path)
    finally:
        hidden.unlink(missing_ok=True)
