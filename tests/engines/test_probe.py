"""Headers of model files, whole, broken and hostile."""

from __future__ import annotations

import os
import struct
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.engines.header import Header
from edgeops.engines.probe import probe, read_header
from edgeops.errors import ModelUnfit
from tests.engines import tiny
from tests.engines.tiny import field, tensor

TINY = tiny.gguf(tiny.metadata())


def read(raw: bytes) -> Header:
    """The header of these bytes; anything but ModelUnfit is a failure."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(raw)
        file.flush()
        return read_header(Path(file.name))


def refused(raw: bytes, why: str) -> None:
    with pytest.raises(ModelUnfit, match=why):
        read(raw)


def test_a_gguf_says_what_it_is() -> None:
    assert read(TINY) == Header(
        format="gguf", bytes=len(TINY), version=3, architecture="llama", name="Tiny", licence="apache-2.0",
        quantisation="F32", family="chatml", context=256, parameters=57856, tensors=11,
    )  # fmt: skip


def test_a_child_process_reads_the_same(tmp_path: Path) -> None:
    path = tiny.write_gguf(tmp_path / "tiny.gguf")
    assert probe(path) == read_header(path)


def test_a_relative_path_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.write_gguf(tmp_path / "tiny.gguf")
    monkeypatch.chdir(tmp_path)
    assert probe(Path("tiny.gguf")).name == "Tiny"


def test_a_reader_that_dies_or_hangs_makes_the_file_unfit(tmp_path: Path) -> None:
    for code, why in (("import os; os.abort()", "SIGABRT"), ("import time; time.sleep(60)", "silent for 1 s")):
        with pytest.raises(ModelUnfit, match=why):
            probe(tmp_path / "x", 1.0, program=[sys.executable, "-c", code])


@pytest.mark.parametrize("what", ["missing", "folder", "fifo", "device", "empty"])
def test_what_is_no_file_is_refused_at_once(what: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    if what == "folder":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)
    elif what == "device":
        path = Path("/dev/zero")
    elif what == "empty":
        path.touch()
    with pytest.raises(ModelUnfit, match=str(path)):
        probe(path, 10)


def changed(key: str, value: bytes) -> bytes:
    return tiny.gguf({**tiny.metadata(), key: value})


def test_text_of_the_file_is_cut_and_decoded_whatever_it_is() -> None:
    raw = changed("general.name", struct.pack("<I", 8) + tiny.text(b"\xff\x1b]52" + b"x" * 5000))
    header = read(raw)
    assert header.name.startswith("\ufffd\x1b]52")
    assert len(header.name) == 200


def test_a_file_that_was_cut_off_is_refused() -> None:
    refused(TINY[:-1], "cut off")
    refused(TINY[:5000], "does not end where the file does|cut off")


def test_absurd_counts_are_refused_without_reading_on() -> None:
    for at in (8, 16):
        raw = bytearray(TINY)
        raw[at : at + 8] = b"\xff" * 8
        refused(bytes(raw), "claims a number of")
    refused(changed("x", struct.pack("<IIQ", 9, 5, 1 << 60)), "an array length")
    refused(changed("x", struct.pack("<IIQ", 9, 5, 3_000_000)), "does not end where the file does")
    refused(changed("x", struct.pack("<I", 8) + struct.pack("<Q", 1 << 40)), "a text length")


@pytest.mark.parametrize("kind", [13, 255, 1 << 31])
def test_unknown_types_are_refused(kind: int) -> None:
    refused(changed("x", struct.pack("<I", kind)), "unknown type")
    refused(changed("x", struct.pack("<IIQ", 9, kind, 1)), "unknown type")


def test_an_array_of_arrays_is_refused() -> None:
    refused(changed("x", struct.pack("<IIQ", 9, 9, 1)), "unknown type 9")


@pytest.mark.parametrize("version", [0, 1, 4, 1 << 31, 3 << 24])
def test_other_versions_are_refused(version: int) -> None:
    refused(tiny.gguf(tiny.metadata(), version=version), "versions 2 and 3")


def test_tensors_that_claim_too_much_are_refused() -> None:
    raw = TINY.replace(struct.pack("<QQ", tiny.SIZE, tiny.WIDE), struct.pack("<QQ", 1 << 32, 1 << 32), 1)
    refused(raw, "more weights")
    raw = TINY.replace(tiny.text("output_norm.weight") + b"\1", tiny.text("output_norm.weight") + b"\x7f", 1)
    refused(raw, "127 dimensions")


def test_a_file_without_architecture_or_tensors_is_refused() -> None:
    keys = tiny.metadata()
    del keys["general.architecture"]
    refused(tiny.gguf(keys), "no architecture")
    refused(tiny.gguf(tiny.metadata(), tensors={}), "holds no tensors")


def test_a_key_of_the_wrong_type_is_as_good_as_absent() -> None:
    assert read(changed("general.name", tiny.scalar("u32", 7))).name == ""
    assert read(changed("llama.context_length", tiny.string("long"))).context == 0
    assert read(changed("general.alignment", tiny.scalar("u32", 0))).name == "Tiny"


@given(st.lists(st.tuples(st.integers(0, 6500), st.integers(0, 255)), min_size=1, max_size=8))
def test_mutated_headers_are_read_or_refused_and_nothing_else(changes: list[tuple[int, int]]) -> None:
    raw = bytearray(TINY)
    for at, value in changes:
        raw[at] = value
    try:
        read(bytes(raw))
    except ModelUnfit:
        return


@given(st.integers(0, len(TINY)), st.binary(max_size=40))
def test_spliced_files_are_read_or_refused_and_nothing_else(at: int, inserted: bytes) -> None:
    try:
        read(TINY[:at] + inserted + TINY[at:])
    except ModelUnfit:
        return


@given(st.binary(max_size=300))
def test_any_bytes_after_the_magic_are_refused(raw: bytes) -> None:
    refused(b"GGUF" + raw, "not a usable model")


def test_an_onnx_file_says_what_it_is() -> None:
    header = read(tiny.onnx())
    assert (header.format, header.producer, header.opset, header.version) == ("onnx", "pytest", 17, 8)
    assert (header.parameters, header.tensors, header.name) == (6, 1, "main graph")


def test_packed_dimensions_count_too() -> None:
    assert read(tiny.onnx(field(5, field(1, tiny.varint(10) + tiny.varint(300))))).parameters == 3006


OUTSIDE = tensor(2, extra=field(13, field(1, "location") + field(2, "../../etc/shadow")))
MARKED = tensor(2, extra=field(14, 1))


@pytest.mark.parametrize("bad", [OUTSIDE, MARKED], ids=["entry", "mark"])
@pytest.mark.parametrize(
    "place",
    [
        lambda t: tiny.onnx(field(5, t)),
        lambda t: tiny.onnx(field(15, field(1, t))),
        lambda t: tiny.onnx(field(1, field(5, field(5, t)))),
        lambda t: tiny.onnx(field(1, field(5, field(10, t)))),
        lambda t: tiny.onnx(field(1, field(5, field(6, field(5, t))))),
        lambda t: tiny.onnx(field(1, field(5, field(11, field(1, field(5, field(5, t))))))),
        lambda t: tiny.onnx(field(1, field(5, field(22, field(2, t))))),
        lambda t: tiny.onnx(extra=field(25, field(7, field(5, field(5, t))))),
        lambda t: tiny.onnx(extra=field(25, field(11, field(5, t)))),
        lambda t: tiny.onnx(extra=field(20, field(1, field(5, t)))),
    ],
)
def test_weights_in_other_files_are_refused_wherever_they_hide(place, bad: bytes) -> None:  # type: ignore[no-untyped-def]
    refused(place(bad), "keeps weights in other files")


def test_operators_of_unknown_makers_are_refused() -> None:
    refused(tiny.onnx(extra=field(8, field(1, "evil.ops") + field(2, 1))), r"unknown maker \(evil\.ops\)")
    assert read(tiny.onnx(extra=field(8, field(1, "com.microsoft") + field(2, 1)))).opset == 17


def test_deep_nesting_is_refused() -> None:
    graph = field(5, tensor(1))
    for _ in range(40):
        graph = field(1, field(5, field(6, graph)))
    refused(tiny.onnx(graph), "nested too deep")


def test_a_truncated_onnx_is_refused() -> None:
    raw = tiny.onnx()
    for size in range(len(raw)):
        refused(raw[:size], "not a usable model")


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_mutated_onnx_is_read_or_refused_and_nothing_else(changes: list[tuple[int, int]]) -> None:
    raw = bytearray(tiny.onnx(field(1, field(5, field(5, tensor(4, 4))))))
    for at, value in changes:
        raw[at % len(raw)] = value
    try:
        read(bytes(raw))
    except ModelUnfit:
        return


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused(raw: bytes) -> None:
    refused(raw, "not a usable model")
