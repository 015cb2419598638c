"""Reference values as one readable index (`NAME.json`) beside one binary (`NAME.bin`)."""

import json
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "reference"


class ReferenceFile:
    """Collects arrays for one topic.

    `add(array)` returns what stands in the index in the array's place, such as `"float32[2,4,8,8]@1024"`: type, shape
    and offset in bytes into `NAME.bin`, where values lie row-major and little-endian. Equal arrays are stored once.
    """

    def __init__(self, name: str):
        self.name = name
        self._bytes = bytearray()
        self._known: dict[tuple, str] = {}

    def add(self, array) -> str:
        array = np.asarray(array.detach().cpu().numpy() if hasattr(array, "detach") else array)
        kind = {"f": "float32", "i": "int32", "u": "uint8"}[array.dtype.kind]
        data = np.ascontiguousarray(array.astype(np.dtype(kind).newbyteorder("<"))).tobytes()
        key = (kind, array.shape, data)
        if key not in self._known:
            self._bytes.extend(b"\0" * (-len(self._bytes) % 4))
            self._known[key] = f"{kind}[{','.join(map(str, array.shape))}]@{len(self._bytes)}"
            self._bytes.extend(data)
        return self._known[key]

    def save(self, index: dict) -> None:
        """Writes the index, one case a line so that a change shows as a small difference, and the binary if any."""
        FOLDER.mkdir(exist_ok=True)
        parts = []
        for key, value in index.items():
            if isinstance(value, list):
                rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in value)
                parts.append(f"{json.dumps(key)}: [\n  {rows}\n]")
            else:
                parts.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
        (FOLDER / f"{self.name}.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
        if self._bytes:
            (FOLDER / f"{self.name}.bin").write_bytes(bytes(self._bytes))
        print(f"{self.name}: {len(self._bytes) / 1024:.0f} KiB of values")
