"""PDF: the text of its pages; a PDF of pictures has none and says so."""

from __future__ import annotations

import io
import logging

from edgeops.knowledge.documents.document import Document, Passage, bounded

_MOST_PAGES = 2_000
_LEAST = 20


def read(data: bytes, name: str) -> Document:
    """The pages of a PDF as passages; none, and a note why, when the reader is not installed."""
    try:
        # pypdf: pure Python, no dependencies, long kept; the optional extra `pdf`.
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        return Document(name, (), notes=("PDF files need the package pypdf (pip install 'edgeops[pdf]')",))
    # It tells the terminal of everything odd in a file, in the file's own words.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    passages, empty, damaged = [], 0, 0
    try:
        pages = PdfReader(io.BytesIO(data)).pages
        count = len(pages)
        for number in range(min(count, _MOST_PAGES)):
            try:
                text = pages[number].extract_text() or ""
            except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
                damaged += 1
                continue
            empty += len(text.strip()) < _LEAST
            passages.append(Passage((name, f"page {number + 1}"), text.strip()))
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError) as error:
        return Document(name, (), notes=(f"it is not a PDF that can be read ({error})",))
    notes = []
    if count and empty + damaged == min(count, _MOST_PAGES):
        return Document(name, (), notes=("none of its pages has text: they are pictures; run it through OCR first",))
    if empty:
        notes.append(f"{empty} of {count} pages have no text (pictures)")
    if damaged:
        notes.append(f"{damaged} of {count} pages are damaged")
    if count > _MOST_PAGES:
        notes.append(f"only the first {_MOST_PAGES} of {count} pages were read")
    return Document(name, tuple(bounded(passages)), notes=tuple(notes))
