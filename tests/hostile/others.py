"""What is no workbook, under the name of one."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
from collections.abc import Iterator
from random import Random

from tests.handmade import compound, zipped
from tests.hostile.whole import TYPES, Case, Form


def other_files(form: Form) -> Iterator[Case]:
    table = "<table><tr><td>项目名称</td><td>测试</td></tr></table>"
    page = f"<html><head><meta charset='utf-8'></head><body>{table}</body></html>"
    yield "other-empty.xlsx", b""
    yield "other-blank.xlsx", b" \r\n\t\n"
    yield "other-zeros.xlsx", bytes(20_000)
    yield "other-one-byte.xlsx", b"P"
    yield "other-two-bytes.xlsx", b"PK"
    yield "other-random.xlsx", Random(1).randbytes(30_000)
    yield "other-page.xls", page.encode()
    yield "other-page-gbk.xls", page.replace("utf-8", "gbk").encode("gb18030")
    yield "other-page-utf16.xls", page.encode("utf-16")
    yield "other-page-bom-upper.xls", b"\xef\xbb\xbf\r\n" + page.upper().encode()
    yield "other-doctype.xls", b"<!DOCTYPE html>\n" + page.encode()
    yield "other-bare-table.xls", table.encode()
    yield "other-mhtml.xls", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n--x\r\n"
    office = "urn:schemas-microsoft-com:office:spreadsheet"
    old = f'<?xml version="1.0"?><Workbook xmlns="{office}"><Worksheet/></Workbook>'
    yield "other-xml-2003.xls", old.encode()
    yield "other-xml-2003-utf16.xls", old.encode("utf-16")
    yield (
        "other-word-2003.xls",
        b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w/>',
    )
    flat = '<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"/>'
    yield "other-flat-ods.xlsx", f"<?xml version='1.0'?>{flat}".encode()
    yield "other-xml.xlsx", b"<?xml version='1.0'?><data><row/></data>"
    yield "other-svg.xlsx", b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    text = "项目名称,资金总额\n职业年金,4.83\n"
    yield "other-csv.xlsx", text.encode()
    yield "other-csv-bom.xls", text.encode("utf-8-sig")
    yield "other-csv-utf16.xls", text.encode("utf-16")
    yield "other-csv-gbk.xls", (text * 5000).encode("gb18030")
    yield "other-json.xlsx", b'{"projects": []}'
    yield "other-rtf.xls", b"{\\rtf1\\ansi text}"
    yield "other-pdf.xlsx", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
    yield "other-pdf-late.xlsx", bytes(100) + b"%PDF-1.4\n"
    yield "other-png.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(50)
    yield "other-jpeg.xlsx", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(50)
    yield "other-gif.xlsx", b"GIF89a" + bytes(50)
    yield "other-bmp.xlsx", b"BM" + struct.pack("<I", 100) + bytes(94)
    yield "other-tiff.xlsx", b"II*\x00" + bytes(50)
    yield "other-webp.xlsx", b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(50)
    yield "other-heic.xlsx", b"\x00\x00\x00\x18ftypheic" + bytes(50)
    yield "other-mp4.xlsx", b"\x00\x00\x00\x18ftypisom" + bytes(50)
    yield "other-mp3.xlsx", b"ID3\x03" + bytes(50)
    yield "other-program.xlsx", b"MZ\x90\x00" + bytes(100)
    yield "other-elf.xlsx", b"\x7fELF\x02\x01" + bytes(100)
    yield "other-shortcut.xlsx", b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(100)
    yield (
        "other-lock-file.xlsx",
        b"\x05admin".ljust(55, b" ") + "admin".encode("utf-16-le").ljust(110),
    )
    yield "other-database.xlsx", b"SQLite format 3\x00" + bytes(100)
    yield "other-rar.xlsx", b"Rar!\x1a\x07\x01\x00" + bytes(50)
    yield "other-7z.xlsx", b"7z\xbc\xaf\x27\x1c" + bytes(50)
    yield "other-gzip.xlsx", gzip.compress(zipped(form.parts), mtime=0)
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("form.xlsx"), io.BytesIO())
    yield "other-tar.xlsx", target.getvalue()
    yield "other-drawing.xlsx", b"AC1032" + bytes(100)
    yield "other-guarded.xlsx", b"%TSD-Header-###%" + Random(2).randbytes(3000)
    yield "other-guarded-2.xlsx", b"b\x14#e" + bytes(8) + b"E-SafeNet\0\0\0LOCK" + bytes(100)
    yield "other-excel-2.xls", b"\x09\x00\x04\x00\x02\x00\x10\x00\x0a\x00\x00\x00"
    yield "other-excel-4.xls", b"\x09\x04\x06\x00\x00\x00\x10\x00\x00\x00\x0a\x00\x00\x00"
    yield "other-zip-of-forms.xlsx", zipped({"a.xlsx": zipped(form.parts), "b.xlsx": b""})
    yield "other-zip-empty.xlsx", zipped({})
    yield "other-docx.xlsx", zipped({TYPES: b"<Types/>", "word/document.xml": b"<w/>"})
    yield "other-pptx.xlsx", zipped({TYPES: b"<Types/>", "ppt/presentation.xml": b"<p/>"})
    yield "other-xlsb.xlsx", zipped({TYPES: b"<Types/>", "xl/workbook.bin": b"\x83\x01\x00"})
    sheets = {f"xl/worksheets/sheet{number}.bin": b"\x81\x01\x00" for number in (1, 2)}
    yield "other-xlsb-whole.xlsx", zipped({TYPES: b"<Types/>", "xl/workbook.bin": b"<", **sheets})
    yield "other-ofd.xlsx", zipped({"OFD.xml": b"<ofd/>", "Doc_0/Document.xml": b"<d/>"})
    yield "other-numbers.xlsx", zipped({"Index/Document.iwa": b"x", "Metadata/a.plist": b"y"})
    odt = b"application/vnd.oasis.opendocument.text"
    yield "other-odt.ods", zipped({"mimetype": odt, "content.xml": b"<office:text/>"})
    odp = b"application/vnd.oasis.opendocument.presentation"
    yield "other-odp.ods", zipped({"mimetype": odp, "content.xml": b"<office:presentation/>"})
    yield "other-epub.ods", zipped({"mimetype": b"application/epub+zip", "a.opf": b"<p/>"})
    yield "other-doc.xls", compound({"WordDocument": b"w" * 5000, "1Table": b"t" * 5000})
    yield "other-ppt.xls", compound({"PowerPoint Document": b"p" * 5000})
    yield "other-mail.xls", compound({"__properties_version1.0": b"m" * 5000})
    yield "other-thumbs.xls", compound({"Catalog": b"c" * 5000})
